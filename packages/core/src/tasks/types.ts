/** What a kind of task is: what networks are given and give, by what they learn, and by what they are judged. */
import type { z } from "zod";
import type { Shape } from "../ir/index.ts";

/** A task of an experiment: plain JSON, fit to be stored and sent. */
export interface TaskOfKind {
  readonly kind: string;
}

/** Losses that the trainer can minimise; `runtimes/evaluators/train.ts` has a row for each. */
export const lossNames = ["cross-entropy"] as const;
export type LossName = (typeof lossNames)[number];

/** Scores that can be computed of a trained network; `runtimes/evaluators/train.ts` has a row for each. */
export const scoreNames = ["accuracy"] as const;
export type ScoreName = (typeof scoreNames)[number];

/** What data a task learns from; the formats of datasets that give it are in `experiment/data/dataset.ts`. */
export const exampleKinds = ["labelled images"] as const;
export type ExampleKind = (typeof exampleKinds)[number];

/** The number by which networks of a task are judged. */
export interface ScoreMetric {
  /** Its name in JSON, CSV and conditions; with `test_` before it, of the held-out examples. */
  readonly name: ScoreName;
  /** For people, with the unit. */
  readonly title: string;
  readonly unit: "percent" | "count";
  readonly direction: "maximise" | "minimise";
  readonly worst: number;
  readonly best: number;
}

/** What a search minimises in place of a score. */
export interface ScoreObjective {
  /** As objectives are written in YAML. */
  readonly name: string;
  /** For people, of a picture's axis. */
  readonly title: string;
  readonly dimension: "percent" | "count";
  /** The value to minimise: smaller the better the score, 0 at best. */
  of(score: number): number;
  /** The score of such a value. */
  scoreOf(value: number): number;
}

/** One row of the table of task kinds. `T` is what an experiment keeps of a task. */
export interface TaskKind<T extends TaskOfKind> {
  readonly kind: T["kind"];
  /** What a stored or sent task must be. */
  readonly schema: z.ZodType<T>;
  /** Shape of a network's input for one example, batch first. */
  inputShape(task: T): Shape;
  /** How many numbers a network gives for one example. */
  outputs(task: T): number;
  /** What the inputs are, for people: `3x32x32 images`. Tasks of the same text take the same inputs. */
  describeInput(task: T): string;
  readonly examples: ExampleKind;
  readonly loss: LossName;
  readonly score: ScoreMetric;
  readonly objective: ScoreObjective;
}
