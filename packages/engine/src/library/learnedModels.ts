/** Latency models: learned, and those that take minutes kept on disk. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  currentDevice,
  type DescribeArchitecture,
  type ExperimentDevice,
  type FittedDevice,
  type Json,
  type LatencyModel,
  type LatencyPredictor,
  type LatencySources,
  latencyModelNamed,
  loadLatencyPredictor,
  prepareLatencyModels,
  stableHash,
} from "@archwright/core";
import { allLatencyModels } from "@archwright/runtimes";

/** The latency models that there are; the first is the default. */
export const latencyModelNames: readonly string[] = allLatencyModels.map(({ name }) => name);

export interface LearnModelOptions {
  /** One of `latencyModelNames`, or `default`. */
  readonly name: string;
  /** What `describe` speaks of, as a search space's name: part of the key under which a model is kept. */
  readonly space: string;
  /** Where models that took long to learn are kept; made where it is missing. They may be deleted. */
  readonly folder: string;
  /** The registry; all there are where absent. */
  readonly models?: readonly LatencyModel[];
  /** Takes a line on how far the learning is. */
  readonly say?: (line: string) => void;
}

/** Where there is no terminal bar, at most one line in this time. */
const lineEveryMs = 15_000;

/**
 * Learns a model of latency. One that takes minutes is kept as JSON and taken back when the same sources ask for it again.
 * @throws InputError for an unknown name, and for sources that the model refuses.
 */
export async function learnModel(
  { name, space, folder, models = allLatencyModels, say = () => {} }: LearnModelOptions,
  sources: LatencySources,
  describe: DescribeArchitecture,
): Promise<LatencyPredictor> {
  const model = latencyModelNamed(models, name);
  await model.prepare?.();
  if (!model.slow) return model.learn(sources, describe);
  const { version, settings } = model.slow;
  const file = join(folder, `${model.name}-${space}-${keyOf(version, [space, settings], sources).slice(0, 16)}.json`);
  const kept = takeBack(file, model, describe, say);
  if (kept) return kept;
  let saidAt: number | undefined;
  const learned = await model.learn(sources, describe, (share) => {
    const title = model.name.toUpperCase();
    if (saidAt === undefined) say(`learning ${title} from ${sources.devices.length} devices: takes minutes once, then lies in ${file}`);
    else if (performance.now() - saidAt < lineEveryMs) return;
    else say(`learning ${title}: ${Math.round(100 * share)} %`);
    saidAt = performance.now();
  });
  keep(file, learned.toJson(), say);
  return learned;
}

/** Loads what the latency models of fitted devices run on; to be awaited before such a device is opened. */
export async function prepareForDevices(devices: readonly (FittedDevice | ExperimentDevice | object)[]): Promise<void> {
  const models = devices.flatMap((device) => {
    const fitted = "fitted" in device ? currentDevice(device.fitted) : "spaces" in device ? device : undefined;
    return fitted?.spaces.map(({ model }) => model) ?? [];
  });
  await prepareLatencyModels(allLatencyModels, models);
}

/** All that a learned model depends on: names, architectures and every bit of the latencies included. */
function keyOf(version: number, settings: Json, { architectures, devices }: LatencySources): string {
  const columns = devices.map(({ name, latenciesMs }) => [name, stableHash(new Uint8Array(Float64Array.from(latenciesMs).buffer))]);
  return stableHash(JSON.stringify([version, settings, stableHash(architectures.join("\n")), columns]));
}

function takeBack(
  file: string,
  model: LatencyModel,
  describe: DescribeArchitecture,
  say: (line: string) => void,
): LatencyPredictor | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    return loadLatencyPredictor(JSON.parse(text) as Json, describe, { models: [model] });
  } catch (error) {
    // It can be learned again.
    say(`${file} cannot be used and is replaced: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** Written beside and moved into place, so that an interruption leaves no half of a model. Not being able to is no failure. */
function keep(file: string, model: Json, say: (line: string) => void): void {
  try {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(model));
    renameSync(`${file}.${process.pid}`, file);
  } catch (error) {
    say(`the model cannot be kept: ${error instanceof Error ? error.message : error}`);
  }
}
