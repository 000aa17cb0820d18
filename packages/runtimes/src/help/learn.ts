/** Learns a HELP model from source devices, and takes one back. */
import { at, createRng, InputError, item, type Json, type Rng } from "@archwright/core/base";
import { checkedLogs, type DescribeArchitecture, type LatencySources, networkOperators } from "@archwright/core/latency";
import { embed, normalise, type SourceDescription, scaleOf } from "./embedding.ts";
import { metaTrain, type SourceTask, type TrainingPlan } from "./metaTraining.ts";
import type { HelpSizes } from "./network.ts";
import type { HelpOptions } from "./options.ts";
import { HelpPredictor } from "./predictor.ts";
import { type HelpState, packWeights } from "./state.ts";
import type { TensorFlow } from "./tensorFlow.ts";

const referenceCount = 10;
/** Reference networks are chosen among so many architectures, drawn at random. */
const candidateCount = 1000;
/** Architectures that are kept for explanations. */
const sampleCount = 200;
/** A device that has fewer is left out. */
const fewestCells = 30;
const fewestDevices = 2;

interface UsableSource extends SourceDescription {
  readonly logs: Float64Array;
}

/** See `learnHelp` in `index.ts`. */
export async function learn(
  tf: TensorFlow,
  sources: LatencySources,
  describe: DescribeArchitecture,
  options: HelpOptions,
): Promise<HelpPredictor> {
  const rng = createRng(`${options.seed ?? 0}/help`);
  const { architectures } = sources;
  const columns = checkedLogs(sources);
  const warnings: string[] = [];
  const enough = sources.devices.flatMap(({ name }, i) => {
    const logs = item(columns, i);
    const known = logs.filter((log) => !Number.isNaN(log));
    if (known.length >= fewestCells && known.some((log) => log !== known[0])) return [{ name, logs }];
    warnings.push(`The source device '${name}' is left out: it has fewer than ${fewestCells} known latencies, or all are alike.`);
    return [];
  });
  if (enough.length < fewestDevices) {
    throw new InputError(`HELP has ${enough.length} source ${enough.length === 1 ? "device" : "devices"} to learn from`, {
      expected: `at least ${fewestDevices} with ${fewestCells} different latencies each; it learns what devices have in common`,
      advice: "name more source devices, or learn with --model bayesian, which needs none",
    });
  }
  const shared = architectures.map((_, row) => row).filter((row) => enough.every(({ logs }) => !Number.isNaN(at(logs, row))));
  const references = chooseReferences(
    rng
      .fork("candidates")
      .shuffle(shared)
      .slice(0, candidateCount)
      .filter((row) => networkOperators(describe(item(architectures, row)).network).connected),
    (row) => enough.reduce((sum, { logs }) => sum + at(logs, row), 0),
    rng.fork("references"),
  );
  if (references.length < referenceCount) {
    throw new InputError(`${shared.length} architectures were measured on every source device`, {
      expected: `at least ${referenceCount} whose output depends on their input: HELP describes a device by its latencies of the same networks`,
    });
  }
  const usable = enough.flatMap(({ name, logs }): UsableSource[] => {
    const referenceLogs = references.map((row) => at(logs, row));
    const scale = scaleOf(referenceLogs);
    if (scale) return [{ name, logs, ...scale, embedding: embed(referenceLogs, scale) }];
    warnings.push(`The source device '${name}' is left out: the reference networks are alike on it.`);
    return [];
  });
  if (usable.length < fewestDevices)
    throw new InputError("the reference networks are alike on the source devices", { expected: "latencies that differ" });

  const encodings = new Map<number, Float32Array>();
  const encodingOf = (row: number): Float32Array => {
    let encoding = encodings.get(row);
    if (!encoding) {
      encoding = Float32Array.from(describe(item(architectures, row)).encoding);
      encodings.set(row, encoding);
    }
    return encoding;
  };
  const inputs = encodingOf(item(references, 0)).length;
  if (inputs === 0) throw new InputError("the architectures have no encoding", { expected: "a search space that encodes them" });
  const sizes: HelpSizes = { inputs, hidden: options.hidden ?? 100, references: referenceCount };
  const tasks = usable.map(({ logs, embedding, ...scale }): SourceTask => {
    const rows = architectures.map((_, row) => row).filter((row) => !Number.isNaN(at(logs, row)));
    return { embedding, rows, targets: Float32Array.from(rows, (row) => normalise(at(logs, row), scale)) };
  });
  const weights = await metaTrain(tf, { sizes, devices: tasks, encodingOf, plan: planFor(options), rng, onProgress: options.onProgress });

  const sample = rng
    .fork("sample")
    .shuffle(architectures.map((_, row) => row))
    .slice(0, sampleCount);
  const untested: HelpState = {
    sizes,
    references: references.map((row) => item(architectures, row)),
    weights: packWeights(weights),
    sources: usable.map(({ name, low, range, embedding }) => ({ name, low, range, embedding })),
    scatter: 0,
    sample: sample.map((row) => item(architectures, row)),
    sampleLogs: usable.map(({ logs }) => sample.map((row) => (Number.isNaN(at(logs, row)) ? null : at(logs, row)))),
    warnings,
  };
  return new HelpPredictor(
    tf,
    { ...untested, scatter: scatterOf(new HelpPredictor(tf, untested, describe), untested, usable, references) },
    describe,
  );
}

/**
 * One at random of each tenth, from the fastest to the slowest; all where there are no more than that. In such an order that
 * each is far from those before it: where fewer are measured, they are spread.
 */
function chooseReferences(rows: readonly number[], latency: (row: number) => number, rng: Rng): readonly number[] {
  const order = [...rows].sort((i, j) => latency(i) - latency(j));
  const count = Math.min(referenceCount, order.length);
  const start = (part: number) => Math.floor((part * order.length) / count);
  const chosen = Array.from({ length: count }, (_, part) => rng.pick(order.slice(start(part), start(part + 1))));
  const parts: number[] = [];
  const distance = (part: number) => Math.min(...parts.map((before) => Math.abs(before - part)));
  while (parts.length < count) {
    let farthest = 0;
    for (let part = 1; part < count; part++) if (distance(part) > distance(farthest)) farthest = part;
    parts.push(farthest);
  }
  return parts.map((part) => item(chosen, part));
}

function planFor({ warmUpEpisodes = 400, episodes = 400, query = 150 }: HelpOptions): TrainingPlan {
  return { warmUpEpisodes, episodes, tasks: 4, support: 10, query, rate: 2e-3 };
}

/** Root mean square of the errors on a source device adapted to its reference networks; the median over the devices. */
function scatterOf(
  predictor: HelpPredictor,
  { references, sample, sampleLogs }: HelpState,
  sources: readonly UsableSource[],
  rows: readonly number[],
): number {
  const errors = sources.map(({ logs }, device) => {
    const fit = predictor.fit(new Map(references.map((reference, i) => [reference, at(logs, item(rows, i))])));
    const predicted = predictor.predictLogs(fit, sample);
    const squares = (sampleLogs[device] as readonly (number | null)[]).flatMap((log, i) =>
      log === null ? [] : [(log - at(predicted, i)) ** 2],
    );
    return squares.length > 0 ? Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length) : 0;
  });
  return Math.max(
    item(
      errors.sort((a, b) => a - b),
      errors.length >> 1,
    ),
    1e-3,
  );
}

/** See `helpModel` in `index.ts`. */
export function load(tf: TensorFlow, state: Json, describe: DescribeArchitecture): HelpPredictor {
  try {
    return new HelpPredictor(tf, state as unknown as HelpState, describe);
  } catch (error) {
    throw new InputError(`the saved HELP model is damaged: ${error instanceof Error ? error.message : error}`, {
      expected: "what its toJson gave",
    });
  }
}
