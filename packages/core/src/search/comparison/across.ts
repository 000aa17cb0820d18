/** All tasks together: mean ranks, and which contenders differ. */
import type { Rng } from "../../base/index.ts";
import { numberAt } from "../../base/matrix.ts";
import type { TaskResult } from "./judge.ts";
import { bootstrapInterquartileMean, cliques, friedmanTest, type Interval, nemenyiDifference } from "./statistics/index.ts";

/** Fewer tasks say too little about other tasks. */
export const leastTasks = 6;

export interface AcrossTasks {
  readonly tasks: number;
  /** In the order of the contenders. */
  readonly contenders: readonly {
    readonly label: string;
    /** 1 is best. */
    readonly meanRank: number;
    /** Over all runs of all tasks, the bootstrap stratified by task. */
    readonly interquartileMean: Interval;
    /** On how many tasks it is better, worse, equivalent or undecided, summed over the others. */
    readonly better: number;
    readonly worse: number;
    readonly equivalent: number;
    readonly undecided: number;
  }[];
  /** Friedman's test and Nemenyi's critical difference; undefined with fewer than six tasks or one contender. */
  readonly ranking:
    | {
        readonly statistic: number;
        readonly pValue: number;
        readonly criticalDifference: number;
        /** Labels of those that cannot be told apart, by mean rank; empty where all can. Where Friedman's test finds nothing: all. */
        readonly groups: readonly (readonly string[])[];
      }
    | undefined;
}

/** Judges all tasks together, each by its contenders' mean quality. All tasks have the same contenders in the same order. */
export function judgeAcross(tasks: readonly TaskResult[], { alpha, rng }: { readonly alpha: number; readonly rng: Rng }): AcrossTasks {
  const labels = tasks[0]?.contenders.map(({ label }) => label) ?? [];
  const scores = tasks.map(({ contenders }) => contenders.map(({ mean }) => mean));
  const friedman = labels.length > 1 ? friedmanTest(scores) : { meanRanks: labels.map(() => 1), statistic: 0, pValue: 1 };
  const difference = labels.length > 1 ? nemenyiDifference(labels.length, tasks.length, alpha) : 0;
  const groups = friedman.pValue <= alpha ? cliques(friedman.meanRanks, difference) : [labels.map((_, i) => i)];
  return {
    tasks: tasks.length,
    contenders: labels.map((label, i) => {
      const verdicts = tasks.flatMap(({ pairs }) =>
        pairs.flatMap(({ a, b, verdict }) => {
          if (a !== label && b !== label) return [];
          if (verdict === "equivalent" || verdict === "undecided") return [verdict];
          return [(verdict === "a is better") === (a === label) ? "better" : "worse"];
        }),
      );
      const count = (kind: string) => verdicts.filter((verdict) => verdict === kind).length;
      return {
        label,
        meanRank: numberAt(friedman.meanRanks, i),
        interquartileMean: bootstrapInterquartileMean(
          tasks.map(({ contenders }) => contenders[i]?.values ?? []),
          rng.fork(`across/${label}`),
        ),
        better: count("better"),
        worse: count("worse"),
        equivalent: count("equivalent"),
        undecided: count("undecided"),
      };
    }),
    ranking:
      tasks.length < leastTasks || labels.length < 2
        ? undefined
        : {
            statistic: friedman.statistic,
            pValue: friedman.pValue,
            criticalDifference: difference,
            groups: groups.map((group) => group.map((i) => labels[i] as string)),
          },
  };
}
