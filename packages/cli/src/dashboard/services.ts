/** What the dashboard can do beyond showing a store: exports, estimates, devices, searches, the fleet. */
import { basename, join } from "node:path";
import { InputError, nearestSpelling, type Run, type Store } from "@archwright/core";
import { findTrial } from "@archwright/core/query";
import type { DashboardServices, EstimateAnswer, FleetAnswer, ProblemsAnswer } from "@archwright/dashboard";
import { readModel, writeZip } from "@archwright/runtimes";
import { deviceJson, listedDevices } from "../commands/device/devicesView.ts";
import { estimateModelJson } from "../commands/estimate.ts";
import { type ExportFormat, exportFormats } from "../export/formats.ts";
import type { RedisArgs } from "../fleet/options.ts";
import { readExperiment } from "../input/loadExperiment.ts";
import { parseInputSizes } from "../input/modelInput.ts";
import { schemas } from "../input/schemas.ts";
import type { ServicesOptions } from "./options.ts";
import { createSearches, type LocalSearches } from "./searches.ts";

export function createServices(options: ServicesOptions): DashboardServices & { readonly searches: LocalSearches } {
  const { store, workspace, redis } = options;
  return {
    exports: Object.entries(exportFormats).map(([format, { trained }]) => ({ format, trained })),
    exportTrial: (run, number, format) => exportTrial(store, run, number, format),
    estimate: async ({ name, bytes, input, format }) => {
      const file = basename(name);
      const model = readModel(bytes, file, { ...(input === undefined ? {} : { input: parseInputSizes(input) }) });
      return (await estimateModelJson(file, model, format, workspace)) as unknown as EstimateAnswer;
    },
    check: (yaml) => problemsOf(yaml, options),
    experimentSchema: () => schemas.experiment(workspace),
    devices: () => listedDevices(workspace.devices),
    device: (name) => deviceJson(workspace.devices, name),
    addDevice: (yaml, replace) => workspace.devices.addText(yaml, "profile.yaml", { force: replace, forceCommand: "replace: true" }).name,
    searches: createSearches(options),
    ...(redis ? { fleet: () => fleetOf(redis) } : {}),
  };
}

const endings: Readonly<Record<ExportFormat, string>> = { onnx: ".onnx", pytorch: ".py", json: ".json" };

async function exportTrial(store: Store, run: Run, number: number, format: string) {
  const known = Object.keys(exportFormats);
  if (!Object.hasOwn(exportFormats, format)) {
    throw new InputError(`there is no format '${format.slice(0, 50)}'`, {
      expected: `one of ${known.join(", ")}`,
      suggestion: nearestSpelling(format, known),
    });
  }
  const row = format as ExportFormat;
  const name = `${run.id}-${number}${endings[row]}`;
  const trial = findTrial(store, run, number);
  const files = (await exportFormats[row].write({ store, run, trial, output: name })).map(({ file, content }) => ({
    name: file,
    content: typeof content === "string" ? Buffer.from(content) : content,
  }));
  const [first] = files;
  if (first !== undefined && files.length === 1) return first;
  return { name: `${run.id}-${number}-${format}.zip`, content: writeZip(files) };
}

/** The name that messages give to a text which is in no file yet. */
const unsaved = "experiment.yaml";

async function problemsOf(yaml: string, { folder, workspace }: ServicesOptions): Promise<ProblemsAnswer["problems"]> {
  const file = join(folder, unsaved);
  try {
    await readExperiment(yaml, file, { workspace });
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { place, problem, expected = null, suggestion = null, advice = null } = error;
    const own = place === undefined || place.file === file;
    return [
      {
        ...{ line: place?.line ?? null, column: place?.column ?? null, file: own ? null : place.file },
        ...{ message: problem, expected, instead: suggestion, advice },
      },
    ];
  }
}

async function fleetOf(redis: RedisArgs): Promise<Pick<FleetAnswer, "redis" | "workers" | "runs" | "queues">> {
  const { readStatus } = await import("../fleet/status.ts");
  return readStatus(redis);
}
