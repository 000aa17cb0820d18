/** Where a trial's architecture comes from, and what is its own. */
import { item } from "../../base/index.ts";
import type { Experiment, Trial } from "../../experiment/index.ts";
import { createSpace } from "../../spaces/index.ts";

/** A choice in which a trial differs from one of its parents. */
export interface ChangedChoice {
  readonly choice: string;
  readonly from: string;
  readonly to: string;
}

/** A trial that another was bred or mutated from. */
export interface Parent {
  readonly number: number;
  /** Undefined where the trial is no longer stored. */
  readonly changed: readonly ChangedChoice[] | undefined;
}

/** @returns none where the architecture was drawn at random, or its parents were not stored. @param find a trial of the same run. */
export function parentsOf(experiment: Experiment, trial: Trial, find: (number: number) => Trial | undefined): readonly Parent[] {
  if (trial.parents === undefined) return [];
  const space = createSpace(experiment.space, experiment.task);
  const own = space.parse(trial.architecture);
  return trial.parents.map((number): Parent => {
    const parent = find(number);
    if (parent === undefined) return { number, changed: undefined };
    const other = space.parse(parent.architecture);
    const changed = space.genes.flatMap(({ name, options }, gene): ChangedChoice[] => {
      const [from, to] = [item(other, gene), item(own, gene)];
      return from === to ? [] : [{ choice: name, from: item(options, from), to: item(options, to) }];
    });
    return { number, changed };
  });
}

/** `trial 12 (0→1: none → skip_connect)` of each parent. */
export function describeParents(parents: readonly Parent[]): readonly string[] {
  return parents.map(({ number, changed }) => {
    const own = changed?.map(({ choice, from, to }) => `${choice}: ${from} → ${to}`).join(", ");
    return `made from trial ${number}${own === undefined ? "" : ` by ${own || "no change"}`}`;
  });
}
