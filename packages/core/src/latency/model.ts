/** What a latency model is: a row of a registry, which says how it is learned and how it is taken back from what was stored. */
import { InputError, type Json } from "../base/index.ts";
import type { DescribeArchitecture, LatencyPredictor, LatencySources } from "./predictor.ts";

/** Called at the start and now and then. @param share of the learning that is done, 0 to 1. */
export type LearningProgress = (share: number) => void;

export interface LatencyModel {
  /** As `--model` has it, and what it learned names it. */
  readonly name: string;
  /**
   * Where learning takes minutes, so that what was learned is worth keeping: all that it depends on besides the sources. The
   * version changes whenever the same sources and settings would give another model.
   */
  readonly slow?: { readonly version: number; readonly settings: Json };
  /** Loads the engine that it runs on, before anything is learned or loaded; absent where it needs none. */
  prepare?(): Promise<void>;
  /**
   * Learns from source devices.
   * @param describe what is known of an architecture; called once for each.
   * @throws InputError for sources that it cannot use.
   */
  learn(
    sources: LatencySources,
    describe: DescribeArchitecture,
    onProgress?: LearningProgress,
  ): LatencyPredictor | Promise<LatencyPredictor>;
  /**
   * Takes back what was learned.
   * @param state as `savedModel` gave it to the predictor's `toJson`.
   * @param describe as it was when the model was learned.
   * @param architectures for `explain` to look at; predictions do not depend on them.
   * @throws InputError for a damaged state.
   */
  load(state: Json, describe: DescribeArchitecture, architectures: readonly string[]): LatencyPredictor;
}

/** One that needs nothing to be loaded first, and learns in seconds. */
export interface BuiltInLatencyModel extends LatencyModel {
  learn(sources: LatencySources, describe: DescribeArchitecture): LatencyPredictor;
}

const format = "archwright-latency-predictor";
const version = 1;

/** What `LatencyPredictor.toJson` gives. @param model its name. @param state plain JSON. */
export function savedModel(model: string, state: object): Json {
  return { format, version, model, state: state as Json };
}

/** The reverse of {@link savedModel}. @throws InputError where it is not a model of a version that is known. */
export function readSavedModel(json: Json): { readonly model: string; readonly state: Json } {
  const saved = (typeof json === "object" && json !== null && !Array.isArray(json) ? json : {}) as Readonly<
    Record<string, Json | undefined>
  >;
  if (saved.format !== format)
    throw new InputError("this is not a saved latency model", { expected: "what a latency model's toJson gave" });
  if (saved.version !== version) throw new InputError(`the latency model has version ${saved.version}`, { expected: `version ${version}` });
  return { model: String(saved.model), state: saved.state ?? null };
}
