/** Which of many predicted candidates to evaluate. */
import { item } from "../../base/matrix.ts";
import { leastCrowded } from "../algorithms/nsga2.ts";
import { ParetoArchive } from "../front/archive.ts";
import { hypervolume } from "../front/hypervolume.ts";
import { ObjectiveRanges } from "../front/scalarise.ts";
import type { EvaluatedCandidate } from "../searcher.ts";

/** Predicted candidates of which the hypervolume is computed, times those wanted. */
const considered = 10;
/** Objectives up to which hypervolumes are quick enough to be computed for every candidate. */
const mostObjectives = 3;

/**
 * Up to `count` of the predicted ones, the best first: one after the other that which, were its prediction true, would add most to
 * the hypervolume of the trials' front and those taken before; where none adds any, and with more than three objectives, by fronts.
 * The reference is a tenth of the range beyond the worst value known.
 */
export function mostPromising<G>(
  trials: readonly EvaluatedCandidate<G>[],
  predicted: readonly EvaluatedCandidate<G>[],
  count: number,
  objectives: number,
): G[] {
  const ranges = new ObjectiveRanges(objectives);
  for (const trial of trials) if (trial.status === "feasible") ranges.add(trial.objectives);
  const scaled = (trial: EvaluatedCandidate<G>) =>
    trial.status === "feasible" ? trial.objectives.map((value, axis) => ranges.scaled(value, axis)) : undefined;
  const reference = new Array<number>(objectives).fill(1.1);

  const inOrder = leastCrowded(predicted, considered * count).map(({ told }) => told);
  const archive = new ParetoArchive<undefined>(objectives);
  for (const trial of trials) archive.add(scaled(trial), undefined);

  const chosen: G[] = [];
  if (objectives <= mostObjectives) {
    const open = inOrder.map(scaled);
    while (chosen.length < count) {
      const front = archive.front();
      const now = hypervolume(front, reference);
      let [best, gain] = [-1, 0];
      for (const [index, point] of open.entries()) {
        if (!point) continue;
        const more = hypervolume([...front, point], reference) - now;
        if (more > gain) [best, gain] = [index, more];
      }
      if (best < 0) break;
      chosen.push(item(inOrder, best).genotype);
      archive.add(open[best], undefined);
      open[best] = undefined;
    }
  }
  const taken = new Set(chosen);
  for (const { genotype } of inOrder) if (chosen.length < count && !taken.has(genotype)) chosen.push(genotype);
  return chosen;
}
