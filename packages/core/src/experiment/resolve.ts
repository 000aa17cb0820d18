import { formatLimit, formatPlace, formatQuantity, InputError, nearestSpelling, type Path, type Place, readYaml } from "../base/index.ts";
import { type CostName, costNames, type DeviceProfile, knowsCost, missingForEnergy } from "../devices/index.ts";
import type { NumberFormat } from "../ir/index.ts";
import { searcherNames } from "../search/index.ts";
import { resolveSpaceSpec, type SpaceSpec, type SpaceSpecInput, spaceNames, type Task, usualTaskOf } from "../spaces/index.ts";
import type { DatasetSpec } from "./dataset.ts";
import { checkSameSpace } from "./describeSpace.ts";
import type { EvaluatorSpec, Experiment, ExperimentDevice, TableColumn } from "./experiment.ts";
import type { FittedDevice } from "./fittedDevice.ts";
import type { InputDescription } from "./inputDescription.ts";
import { isCost, metricNames, type Objective, parseObjective, refuseTwice } from "./metrics.ts";
import { type DeviceDocument, type ExperimentDocument, experimentSchema } from "./schema.ts";

/** What resolving needs from outside: files, the known devices, the dataset. */
export interface ExperimentContext {
  /** A path as written in the experiment, made absolute. */
  path(text: string): string;
  /** Names of all known devices: profiles and fitted ones. */
  readonly deviceNames: readonly string[];
  /** @throws InputError where the device's file is damaged. */
  device(name: string): DeviceProfile | FittedDevice | undefined;
  /** The space that a YAML file describes. @throws InputError */
  readSpace(file: string): SpaceSpec;
  /** Spaces that are described in YAML and may be named like the built-in ones: their files. */
  readonly namedSpaces?: Readonly<Record<string, string>>;
  /** Hash of what a column of a table holds, the architectures included. @throws InputError where there is no such file or column. */
  tableHash(file: string, column: string): string;
  /** The dataset as it is found now. @throws InputError, also where it does not fit the memory of a trial */
  readDataset(spec: DatasetSpec, trialMemoryBytes: number): Promise<FoundDataset>;
}

/** What is kept of a dataset in an experiment. */
export interface FoundDataset {
  /** With absolute paths. */
  readonly spec: DatasetSpec;
  readonly task: Task;
  readonly contentHash: string;
  /** Without it nothing that was trained can be exported. */
  readonly input?: InputDescription;
}

/** The device that stands for this machine's own runtime, and the profile that predicts it. */
export const localDevice = { name: "local", predictedBy: "laptop-cpu" } as const;

/** Cheap gates may turn away this many candidates for each evaluation intended before the search gives up. */
const CANDIDATES_PER_EVALUATION = 50;

/**
 * Reads an experiment's YAML and resolves everything it names.
 * @throws InputError with file, line and column.
 */
export async function parseExperiment(text: string, file: string, context: ExperimentContext): Promise<Experiment> {
  const { value: document, place } = readYaml(text, file, experimentSchema);
  const located: Located = (path, read) => locateErrors(place(path), read);

  const { evaluator, task: given } = await resolveEvaluator(document, context, place);
  const named = located(["space"], () => namedSpace(document.space, context));
  const task = given ?? usualTaskOf(named);
  const space = located(["space"], () => resolveSpaceSpec(named, task));
  const devices = document.devices.map((device, i) =>
    resolveDevice(device, { ...context, space, task }, (path, read) => located(["devices", i, ...path], read)),
  );
  const names = devices.map(({ name }) => name);
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) throw new InputError(`device '${name}' is listed twice`, { place: place(["devices", i, "name"]) });
  });
  const objectives = document.objectives.map((objective, i) => located(["objectives", i], () => resolveObjective(objective, devices)));
  refuseTwice(objectives, (i) => place(["objectives", i]));
  if (evaluator.kind === "train") {
    const { augmentation } = evaluator.training;
    for (const key of ["shift", "cutout"] as const) {
      located(["training", "augmentation", key], () => checkInside(key, augmentation[key], task));
    }
  }
  const { algorithm, mode, evaluations, candidates, ...settings } = document.search;
  located(["search", "algorithm"], () => checkName("search algorithm", algorithm, searcherNames));
  return {
    version: 1,
    name: document.name,
    seed: document.seed,
    task,
    space,
    evaluator,
    devices,
    objectives,
    search: {
      algorithm,
      ...settings,
      ...(mode === "steady" ? { mode } : {}),
      evaluations,
      candidates: candidates ?? evaluations * CANDIDATES_PER_EVALUATION,
    },
    limits: { trialTimeMs: document.limits.trial_time, trialMemoryBytes: document.limits.trial_memory },
  };
}

/** Where the value at a path of an experiment's YAML is written. */
export function placeInExperiment(text: string, file: string, path: Path): Place {
  return readYaml(text, file, experimentSchema).place(path);
}

/** Carries out what reads the value at a path of the document; its complaints get the value's place. */
type Located = <T>(path: Path, read: () => T) => T;

function locateErrors<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw withPlace(error, place);
  }
}

/** Adds the place to an InputError; one that is about another file says where that file is named. */
function withPlace(error: unknown, place: Place): unknown {
  if (!(error instanceof InputError)) return error;
  if (error.place === undefined) return error.at(place);
  return new InputError(`${error.problem} (named at ${formatPlace(place)})`, error);
}

function checkName(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new InputError(`there is no ${what} '${name}'`, {
    expected: `one of ${known.join(", ")}`,
    suggestion: nearestSpelling(name, known),
  });
}

async function resolveEvaluator(
  document: ExperimentDocument,
  context: ExperimentContext,
  place: (path: Path) => Place,
): Promise<{ evaluator: EvaluatorSpec; task?: Task }> {
  const { dataset, accuracy, training } = document;
  if (dataset !== undefined && accuracy !== undefined) {
    throw new InputError("'dataset' and 'accuracy' exclude each other", {
      place: place(["accuracy"]),
      expected: "a dataset to train on, or a table of accuracies",
    });
  }
  if (accuracy !== undefined) {
    const { unit } = accuracy;
    const column = locateErrors(place(["accuracy", "file"]), () => readColumn(accuracy, context));
    return { evaluator: { kind: "table", accuracy: { ...column, ...(unit === undefined ? {} : { unit }) } } };
  }
  if (dataset === undefined) {
    throw new InputError("nothing says how accurate a network is", {
      place: place([]),
      expected: "'dataset' (to train on) or 'accuracy' (a table)",
      suggestion: "dataset: digits",
    });
  }
  try {
    const { spec, task, contentHash, input } = await context.readDataset(dataset, document.limits.trial_memory);
    return { evaluator: { kind: "train", dataset: spec, datasetHash: contentHash, ...(input ? { input } : {}), training }, task };
  } catch (error) {
    throw withPlace(error, place(["dataset"]));
  }
}

function readColumn({ file, column }: Pick<TableColumn, "file" | "column">, context: ExperimentContext): TableColumn {
  const path = context.path(file);
  return { file: path, column, contentHash: context.tableHash(path, column) };
}

function namedSpace(space: ExperimentDocument["space"], context: ExperimentContext): SpaceSpecInput {
  if (typeof space !== "string") return space;
  if (/\.ya?ml$/.test(space)) return context.readSpace(context.path(space));
  const named = context.namedSpaces ?? {};
  if (Object.hasOwn(named, space)) return context.readSpace(named[space] as string);
  checkName("search space", space, [...spaceNames, ...Object.keys(named)]);
  return { name: space } as SpaceSpecInput;
}

/** What a device is resolved in: where names are looked up, and what the experiment's networks are. */
type DeviceContext = ExperimentContext & { readonly space: SpaceSpec; readonly task: Task };

function resolveDevice(written: DeviceDocument, context: DeviceContext, located: Located): ExperimentDevice {
  const { name, budgets } = written;
  const table = "latency_table" in written ? written.latency_table : undefined;
  const local = name === localDevice.name;
  const found =
    table === undefined ? located(["name"], () => namedDevice(name, local ? localDevice.predictedBy : name, context)) : undefined;
  if (found === undefined || found.kind === "fitted" || local) {
    for (const cost of Object.keys(budgets) as CostName[]) {
      located(["budgets", metricNames[cost].yaml], () => checkKnown(name, cost, "a budget"));
    }
  }
  if (table !== undefined) {
    return { kind: "table", name, budgets, latency: located(["latency_table", "file"], () => readColumn(table, context)) };
  }
  if (found?.kind === "fitted") {
    located(["name"], () => checkSameSpace(`'${name}'`, found, context));
    if ("format" in written && written.format !== undefined) located(["format"], () => refuseFormat(name));
    return { kind: "fitted", name, budgets, fitted: { ...found, networkPredictor: null } };
  }
  const profile = found as DeviceProfile;
  const format = ("format" in written ? written.format : undefined) ?? (local ? "float32" : profile.format);
  if (local) located(["format"], () => checkMeasurable(name, format));
  if (local) return { kind: "local", name, budgets, profile, format };
  located(["format"], () => checkFormat(format, profile));
  for (const cost of Object.keys(budgets) as CostName[]) {
    located(["budgets", metricNames[cost].yaml], () => checkStated(profile, format, cost, "a budget"));
  }
  for (const cost of Object.keys(profile.budgets) as CostName[]) {
    located(["format"], () => checkStated(profile, format, cost, "a budget, which the profile sets"));
  }
  for (const cost of costNames) located(["budgets", metricNames[cost].yaml], () => checkPossible(cost, budgets[cost], profile));
  // What does not fit the device is infeasible even where the user sets no budget.
  return { kind: "analytic", name, budgets: { ...profile.budgets, ...budgets }, profile, format };
}

/** An image moved or blanked by its whole side shows nothing. @throws InputError */
function checkInside(key: string, pixels: number, { height, width }: Task): void {
  const side = Math.min(height, width);
  if (pixels < side) return;
  throw new InputError(`'${key}' is ${pixels} pixels, and the images are ${height}x${width}`, {
    expected: `less than ${side} pixels`,
    suggestion: `${key}: ${Math.floor(side / 8)}`,
  });
}

function refuseFormat(device: string): never {
  throw new InputError(`'${device}' is fitted to measurements, whatever their number format was`, { expected: "no 'format'" });
}

function checkMeasurable(device: string, format: NumberFormat): void {
  if (format === "float32") return;
  throw new InputError(`'${device}' measures networks in float32 only, not in ${format}`, { suggestion: "format: float32" });
}

/** Of a table, a fitted device and this machine only latency is known well enough to decide anything. */
function checkKnown(device: string, cost: CostName, use: string): void {
  if (cost === "latencyMs") return;
  const { yaml } = metricNames[cost];
  throw new InputError(`only the latency of '${device}' is known, so '${yaml}' cannot be ${use}`, {
    expected: `latency, or a device with a profile for '${yaml}'`,
  });
}

/** A cost needs numbers that not every profile states. */
function checkStated(profile: DeviceProfile, format: NumberFormat, cost: CostName, use: string): void {
  if (knowsCost(profile, format, cost)) return;
  const { yaml } = metricNames[cost];
  throw new InputError(`the ${yaml} of networks on '${profile.name}' is not known, so '${yaml}' cannot be ${use}`, {
    expected: `a profile that states ${missingForEnergy(profile, format).join(", ")} (0 where it is none)`,
  });
}

function resolveObjective(text: string, devices: readonly ExperimentDevice[]): Objective {
  const objective = parseObjective(
    text,
    devices.map(({ name }) => name),
  );
  const device = "device" in objective ? devices.find(({ name }) => name === objective.device) : undefined;
  if (device && device.kind !== "analytic" && isCost(objective.metric)) checkKnown(device.name, objective.metric, "an objective");
  if (device?.kind === "analytic" && isCost(objective.metric)) checkStated(device.profile, device.format, objective.metric, "an objective");
  return objective;
}

function namedDevice(name: string, libraryName: string, context: ExperimentContext): DeviceProfile | FittedDevice {
  const device = context.device(libraryName);
  if (device) return device;
  const known = [localDevice.name, ...context.deviceNames];
  throw new InputError(`there is no device '${name}'`, {
    expected: `one of ${known.join(", ")}; 'archwright device add FILE' adds your own`,
    suggestion: nearestSpelling(name, known),
  });
}

function checkFormat(format: NumberFormat, profile: DeviceProfile): void {
  const known = profile.formats.map((entry) => entry.format);
  if (known.includes(format)) return;
  throw new InputError(`${profile.name} does not compute in ${format}`, {
    expected: `one of ${known.join(", ")}`,
    suggestion: `format: ${profile.format}`,
  });
}

/** A budget beyond what the device has promises too much; one that its runtime alone uses up can be met by no network. */
function checkPossible(cost: CostName, budget: number | undefined, profile: DeviceProfile): void {
  if (budget === undefined) return;
  const { yaml, dimension } = metricNames[cost];
  const most = profile.budgets[cost];
  if (most !== undefined && budget > most) {
    throw new InputError(`the budget '${yaml}' is more than ${profile.name} has`, {
      expected: `at most ${formatLimit(most, dimension, "down")}`,
      suggestion: `${yaml}: ${formatLimit(most, dimension, "down")}`,
    });
  }
  const { memoryBytes, flashBytes } = profile.runtime;
  const least = { peakMemoryBytes: memoryBytes ?? 0, flashBytes: flashBytes ?? 0, latencyMs: 0, energyMj: 0 }[cost];
  if (budget <= least) {
    throw new InputError(`no network meets the budget '${yaml}' of ${formatQuantity(budget, dimension)}`, {
      expected: `more than the ${formatQuantity(least, dimension)} that the runtime on ${profile.name} takes by itself`,
    });
  }
}
