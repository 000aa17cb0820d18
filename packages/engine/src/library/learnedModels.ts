/** Latency models: learned, and those that take minutes kept on disk. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DescribeArchitecture,
  InputError,
  type Json,
  type LatencyPredictor,
  type LatencySources,
  latencyPredictorNames,
  learnLatencyPredictor,
  nearestSpelling,
  stableHash,
} from "@archwright/core";
import { type HelpOptions, helpVersion, learnHelp, loadHelp } from "@archwright/runtimes";

/** The latency models that there are; the first is the default. */
export const latencyModelNames = [...latencyPredictorNames, "help"] as const;

export interface LearnModelOptions {
  /** One of `latencyModelNames`, or `default`. */
  readonly name: string;
  /** The search space that `describe` speaks of: part of the key under which a model is kept. */
  readonly space: string;
  /** Where models that took long to learn are kept; made where it is missing. They may be deleted. */
  readonly folder: string;
  /** How HELP is learned; part of the key too. */
  readonly help?: Omit<HelpOptions, "onProgress">;
  /** Takes a line on how far the learning is. */
  readonly say?: (line: string) => void;
}

/** Where there is no terminal bar, at most one line in this time. */
const lineEveryMs = 15_000;

/**
 * Learns a model of latency. One that takes minutes (HELP) is kept as JSON and taken back when the same sources ask for it again.
 * @throws InputError for an unknown name, and for sources that the model refuses.
 */
export async function learnModel(
  { name, space, folder, help = {}, say = () => {} }: LearnModelOptions,
  sources: LatencySources,
  describe: DescribeArchitecture,
): Promise<LatencyPredictor> {
  if (name !== "help") {
    if (name !== "default" && !(latencyPredictorNames as readonly string[]).includes(name)) {
      throw new InputError(`there is no latency model '${name}'`, {
        expected: `one of ${latencyModelNames.join(", ")}`,
        suggestion: nearestSpelling(name, latencyModelNames),
      });
    }
    return learnLatencyPredictor(name, sources, describe);
  }
  const file = join(folder, `help-${space}-${keyOf([space, { ...help }], sources).slice(0, 16)}.json`);
  const kept = await takeBack(file, describe, say);
  if (kept) return kept;
  let saidAt: number | undefined;
  const learned = await learnHelp(sources, describe, {
    ...help,
    onProgress: (share) => {
      if (saidAt === undefined) say(`learning HELP from ${sources.devices.length} devices: takes minutes once, then lies in ${file}`);
      else if (performance.now() - saidAt < lineEveryMs) return;
      else say(`learning HELP: ${Math.round(100 * share)} %`);
      saidAt = performance.now();
    },
  });
  keep(file, learned.toJson(), say);
  return learned;
}

/** All that a learned model depends on: names, architectures and every bit of the latencies included. */
function keyOf(settings: Json, { architectures, devices }: LatencySources): string {
  const columns = devices.map(({ name, latenciesMs }) => [name, stableHash(new Uint8Array(Float64Array.from(latenciesMs).buffer))]);
  return stableHash(JSON.stringify([helpVersion, settings, stableHash(architectures.join("\n")), columns]));
}

async function takeBack(file: string, describe: DescribeArchitecture, say: (line: string) => void): Promise<LatencyPredictor | undefined> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    return await loadHelp(JSON.parse(text) as Json, describe);
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
