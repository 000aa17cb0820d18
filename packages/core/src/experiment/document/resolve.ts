/** Reads an experiment's YAML and resolves every name in it. */
import { z } from "zod";
import { formatPlace, InputError, nearestSpelling, type Path, type Place, readYaml } from "../../base/index.ts";
import {
  type DeviceContext,
  type DeviceEntry,
  deviceKindOf,
  type ExperimentDevice,
  type LibraryDevice,
  reservedDeviceNames,
  resolveDevice,
} from "../../devices/kinds/index.ts";
import type { TableColumn } from "../../devices/tables/index.ts";
import { algorithmNamed, checkLearnsFromEarlier, needsFidelities, searcherNames } from "../../search/index.ts";
import {
  createSpace,
  resolveSpaceSpec,
  type SpaceSpec,
  type SpaceSpecInput,
  spaceNames,
  startingPoint,
  usualTaskOf,
} from "../../spaces/index.ts";
import type { Task } from "../../tasks/index.ts";
import type { DatasetSpec } from "../data/dataset.ts";
import {
  type BackboneFile,
  type EvaluatorContext,
  type EvaluatorKind,
  evaluatorRows,
  type FoundDataset,
  ownMetricsOf,
  type SpecOfEvaluator,
} from "../evaluators/index.ts";
import { type Experiment, experimentVersion, usualCandidates } from "../experiment.ts";
import { isCost, type Objective, type OwnMetrics, parseObjective, refuseTwice } from "../metrics.ts";
import { type PluginIdentity, pluginsSchema } from "../plugins/identity.ts";
import { checkPluginsNamed } from "../plugins/register.ts";
import { usualEvaluations } from "../training/stages.ts";
import { type ExperimentDocument, experimentSchemaNow } from "./schema.ts";

/** What resolving needs from outside: files, the known devices, the dataset. */
export interface ExperimentContext {
  /** A path as written in the experiment, made absolute. */
  path(text: string): string;
  /** Names of all devices of the library. */
  readonly deviceNames: readonly string[];
  /** @throws InputError where the device's file is damaged. */
  device(name: string): LibraryDevice | undefined;
  /** The space that a YAML file describes. @throws InputError */
  readSpace(file: string): SpaceSpec;
  /** Spaces that are described in YAML and may be named like the built-in ones: their files. */
  readonly namedSpaces?: Readonly<Record<string, string>>;
  /** A model by its absolute path, for images of the task; absent where none can be read. @throws InputError where it can be no backbone. */
  readBackbone?(file: string, task: Task): BackboneFile;
  /** Hash of what a column of a table holds, the architectures included. @throws InputError where there is no such file or column. */
  tableHash(file: string, column: string): string;
  /** The dataset as it is found now. @throws InputError, also where it does not fit the memory of a trial */
  readDataset(spec: DatasetSpec, trialMemoryBytes: number): Promise<FoundDataset>;
  /** Loads a plugin and registers what it has; absent where none are loaded. @param written a path or the name of a package. @throws InputError */
  loadPlugin?(written: string): Promise<PluginIdentity>;
}

/**
 * Reads an experiment's YAML and resolves everything it names.
 * @throws InputError with file, line and column.
 */
export async function parseExperiment(text: string, file: string, context: ExperimentContext): Promise<Experiment> {
  const plugins = await pluginsOf(text, file, context);
  const { value: document, place } = readYaml(text, file, experimentSchemaNow());
  const located: Located = (path, read) => locateErrors(place(path), read);

  const column = (written: Pick<TableColumn, "file" | "column">) => readColumn(written, context);
  const row = chosenEvaluator(document, place);
  const evaluatorContext: EvaluatorContext = {
    path: context.path,
    column,
    readDataset: context.readDataset,
    readBackbone: context.readBackbone ?? noModels,
    trialMemoryBytes: document.limits.trial_memory,
    located,
    locatedAsync: async (path, read) => {
      try {
        return await read();
      } catch (error) {
        throw withPlace(error, place(path));
      }
    },
  };
  const { evaluator, task: given } = await row.resolve(document, evaluatorContext);
  const named = located(["space"], () => namedSpace(document.space, context));
  const task = given ?? usualTaskOf(named);
  const space = located(["space"], () => resolveSpaceSpec(withModel(named, task, context), task));
  row.checkSpace?.(evaluator, space, evaluatorContext);
  const library = (name: string) => namedDevice(name, context);
  const devices = document.devices.map((device, i) => {
    const deviceContext: DeviceContext = { space, task, library, column, located: (path, read) => located(["devices", i, ...path], read) };
    return resolveDevice(device as DeviceEntry & Readonly<Record<string, unknown>>, deviceContext);
  });
  const names = devices.map(({ name }) => name);
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) throw new InputError(`device '${name}' is listed twice`, { place: place(["devices", i, "name"]) });
  });
  const objectives = document.objectives.map((objective, i) =>
    located(["objectives", i], () => resolveObjective(objective, devices, task, ownMetricsOf(evaluator))),
  );
  refuseTwice(objectives, task, (i) => place(["objectives", i]));
  const { algorithm, mode, evaluations: written, time, candidates, start, warm_start, ...settings } = document.search;
  const evaluations = written ?? usualEvaluations;
  if (time !== undefined && row.runs === "controller") {
    throw new InputError("looking scores up takes no time that could be planned for", {
      place: place(["search", "time"]),
      expected: "'evaluations'",
      suggestion: `evaluations: ${usualEvaluations}`,
    });
  }
  located(["search", "algorithm"], () => {
    checkName("search algorithm", algorithm, searcherNames);
    if (needsFidelities(algorithm)) {
      throw new InputError(`'${algorithm}' compares candidates at several fidelities, and experiments evaluate in full alone`, {
        expected: "an algorithm that needs no other fidelities, like default; without them it would be random search",
      });
    }
  });
  if (row.inherits?.(evaluator)) located(["training", "inherit"], () => checkInherits(space, task, mode));
  if (warm_start)
    located(["search", "warm_start"], () =>
      checkLearnsFromEarlier(algorithmNamed(algorithm, evaluations), (name) => `'algorithm: ${name}'`),
    );
  const used = { searcher: algorithm, space: space.name, evaluator: evaluator.kind, devices: devices.map(({ kind }) => kind) };
  located(["plugins"], () => checkPluginsNamed(plugins, used));
  return {
    version: experimentVersion,
    name: document.name,
    seed: document.seed,
    task,
    space,
    evaluator: evaluator as Experiment["evaluator"],
    devices,
    objectives,
    search: {
      algorithm: algorithmNamed(algorithm, evaluations),
      ...(algorithm === "default" ? { byDefault: true } : {}),
      ...settings,
      ...(mode === "steady" ? { mode } : {}),
      // Planned when the run begins, where a time is given.
      evaluations: time === undefined ? evaluations : 0,
      candidates: candidates ?? (time === undefined ? usualCandidates(evaluations) : 0),
      ...(time === undefined ? {} : { time: { ms: time } }),
      ...(start && { start: start.map((text, i) => located(["search", "start", i], () => startingPoint(space, task, text))) }),
      ...(warm_start && { warmStart: warm_start }),
    },
    limits: { trialTimeMs: document.limits.trial_time, trialMemoryBytes: document.limits.trial_memory },
    ...(plugins.length > 0 ? { plugins } : {}),
  };
}

const onlyPlugins = z.looseObject({ plugins: pluginsSchema.optional() });

/** Loads the plugins that an experiment names, before anything else of it is checked: they bring keys of their own. @throws InputError */
export async function pluginsOf(text: string, file: string, context: ExperimentContext): Promise<readonly PluginIdentity[]> {
  const { value, place } = readYaml(text, file, onlyPlugins);
  const found: PluginIdentity[] = [];
  for (const [i, written] of (value.plugins ?? []).entries()) {
    try {
      if (!context.loadPlugin)
        throw new InputError("no plugins are loaded here", {
          expected: "an experiment without plugins, or the command line: archwright search FILE",
        });
      const plugin = await context.loadPlugin(written);
      if (found.some(({ name }) => name === plugin.name)) throw new InputError(`the plugin '${plugin.name}' is listed twice`);
      found.push(plugin);
    } catch (error) {
      throw withPlace(error, place(["plugins", i]));
    }
  }
  return found;
}

/** Where the value at a path of an experiment's YAML is written. */
export function placeInExperiment(text: string, file: string, path: Path): Place {
  return readYaml(text, file, experimentSchemaNow()).place(path);
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

/** @throws InputError where candidates cannot begin with weights of earlier ones. */
function checkInherits(space: SpaceSpec, task: Task, mode: ExperimentDocument["search"]["mode"]): void {
  if (mode === "steady") {
    throw new InputError("with 'mode: steady' no candidate can inherit: which trials are known when it begins depends on the workers", {
      expected: "'mode: generational', or no 'inherit'",
    });
  }
  if (createSpace(space, task).roles) return;
  throw new InputError(`the space ${space.name} does not say which operators of two networks correspond, so no candidate can inherit`, {
    expected: "no 'inherit', or a space of stages: mobile or custom",
  });
}

/** The kind of evaluator that the experiment's keys choose. @throws InputError where they choose none, or two. */
function chosenEvaluator(document: ExperimentDocument, place: (path: Path) => Place): EvaluatorKind<SpecOfEvaluator> {
  const [row, other] = evaluatorRows.filter(({ chosenBy }) => (document as Readonly<Record<string, unknown>>)[chosenBy] !== undefined);
  if (row && other) {
    throw new InputError(`'${row.chosenBy}' and '${other.chosenBy}' exclude each other`, {
      place: place([other.chosenBy]),
      expected: evaluatorRows.map(({ meaning }) => meaning.text).join(", or "),
    });
  }
  if (row) return row;
  throw new InputError("nothing says how accurate a network is", {
    place: place([]),
    expected: evaluatorRows.map(({ chosenBy, meaning }) => `'${chosenBy}' (${meaning.text})`).join(" or "),
    suggestion: evaluatorRows[0]?.meaning.example,
  });
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

/** The space with the layers of its model, where it is made of one's. */
function withModel(space: SpaceSpecInput, task: Task, context: ExperimentContext): SpaceSpecInput {
  if (space.name !== "backbone" || space.model === undefined) return space;
  return { ...space, network: (context.readBackbone ?? noModels)(context.path(space.model), task).network };
}

function noModels(file: string): never {
  throw new InputError("no models are read here", { place: { file } });
}

function resolveObjective(text: string, devices: readonly ExperimentDevice[], task: Task, own: OwnMetrics): Objective {
  const objective = parseObjective(
    text,
    devices.map(({ name }) => name),
    task,
    own,
  );
  const device = "device" in objective ? devices.find(({ name }) => name === objective.device) : undefined;
  if (device && isCost(objective.metric)) deviceKindOf(device).checkKnows(device, objective.metric, "an objective");
  return objective;
}

function namedDevice(name: string, context: ExperimentContext): LibraryDevice {
  const device = context.device(name);
  if (device) return device;
  const known = [...reservedDeviceNames, ...context.deviceNames];
  throw new InputError(`there is no device '${name}'`, {
    expected: `one of ${known.join(", ")}; 'archwright device add FILE' adds your own`,
    suggestion: nearestSpelling(name, known),
  });
}
