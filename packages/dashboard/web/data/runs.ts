/** The list of runs as it is searched and sorted on the page. */
import type { RunAnswer } from "../../src/contract/index.ts";

export const sortings = ["created", "experiment", "status", "done", "front", "best"] as const;
export type Sorting = (typeof sortings)[number];

export interface ListOrder {
  readonly by: Sorting;
  readonly descending: boolean;
}

/** The best score of a run, as it stands under the score's name; null where there is none. */
export function bestScore(run: RunAnswer): number | null {
  const found = run[`best_${run.score.name}`];
  return typeof found === "number" ? found : null;
}

/** The runs of which every word of `text` is in the id, the experiment's name, the status or the seed, in this order. */
export function listed(runs: readonly RunAnswer[], text: string, { by, descending }: ListOrder): readonly RunAnswer[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = runs.filter((run) => {
    const own = `${run.id} ${run.experiment} ${run.status} ${run.seed}`.toLowerCase();
    return words.every((word) => own.includes(word));
  });
  const key = keys[by];
  const keyed = found.map((run) => ({ run, key: key(run) }));
  const sign = descending ? -1 : 1;
  // What is not known comes last, whichever way.
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null ? 1 : 0) - (b.key === null ? 1 : 0);
    return a.key < b.key ? -sign : a.key > b.key ? sign : 0;
  });
  return keyed.map(({ run }) => run);
}

const keys: Readonly<Record<Sorting, (run: RunAnswer) => string | number | null>> = {
  created: (run) => run.created_at,
  experiment: (run) => run.experiment.toLowerCase(),
  status: (run) => run.status,
  done: ({ progress: { done, total } }) => (done === null || total === null || total === 0 ? null : done / total),
  front: ({ progress }) => progress.front_size,
  best: bestScore,
};
