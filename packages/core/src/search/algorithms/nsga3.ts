/** NSGA-III. */
import { z } from "zod";
import type { Rng } from "../../base/index.ts";
import { item, numberAt } from "../../base/matrix.ts";
import { normaliseObjectives } from "../front/normalise.ts";
import { constrainedSort } from "../front/pareto.ts";
import type { EvaluatedCandidate, SearcherKind } from "../searcher.ts";
import { population } from "../sharedSettings.ts";
import { createGenerations, type Individual, populationFor } from "./generations.ts";

const settings = z.strictObject({ population });

/**
 * NSGA-III (Deb and Jain, IEEE Trans. Evol. Comput. 18(4), 2014; constraints: Jain and Deb, 18(4), 2014): as NSGA-II, but of the last
 * front those are kept that lie along reference directions which few of the others lie along.
 *
 * Where it differs from the paper: as {@link nsga2} does (half generations, no repetition, every child mutated once); and the directions are
 * one layer of as many as the population holds.
 */
export const nsga3: SearcherKind<typeof settings> = {
  name: "nsga3",
  settings,
  create: (options, chosen) => createGenerations("nsga3", options, populationFor(chosen, options.evaluations), alongDirections),
  plan: (chosen, evaluations) => ({ population: populationFor(chosen, evaluations) }),
};

/** The best `capacity` of the pool: whole fronts, and of the last one those in the emptiest niches. All feasible ones are equal parents. */
export function alongDirections<G>(pool: readonly EvaluatedCandidate<G>[], capacity: number, draw: Rng): Individual<G>[] {
  const kept: number[] = [];
  const fronts = constrainedSort(pool);
  let last: readonly number[] = [];
  for (const front of fronts) {
    last = front;
    if (kept.length + front.length > capacity) break;
    kept.push(...front);
  }
  if (kept.length < capacity && kept.length < pool.length) {
    const isFeasible = item(pool, item(last, 0)).status === "feasible";
    kept.push(
      ...(isFeasible ? fillNiches(pool, kept, last, item(fronts, 0).length, capacity, draw) : last.slice(0, capacity - kept.length)),
    );
  }
  const rankOf = new Map(fronts.flatMap((front, rank) => front.map((index) => [index, rank] as const)));
  return kept.map((index) => {
    const told = item(pool, index);
    return { told, rank: told.status === "feasible" ? 0 : (rankOf.get(index) ?? 0), worth: 0 };
  });
}

/** Which of the last front are kept beside those of the earlier ones. @param first members of the first front, which come first. */
function fillNiches<G>(
  pool: readonly EvaluatedCandidate<G>[],
  kept: readonly number[],
  last: readonly number[],
  first: number,
  capacity: number,
  draw: Rng,
): number[] {
  const members = [...kept, ...last];
  const objectives = members.map((index) => {
    const told = item(pool, index);
    return told.status === "feasible" ? told.objectives : [];
  });
  const { vectors } = normaliseObjectives(objectives, Math.min(first, members.length));
  const directions = referenceDirections(item(vectors, 0).length, capacity);
  const niches = directions.map(() => ({ count: 0, open: [] as { readonly index: number; readonly distance: number }[] }));
  vectors.forEach((vector, place) => {
    const { direction, distance } = nearestDirection(vector, directions);
    const niche = item(niches, direction);
    if (place < kept.length) niche.count++;
    else niche.open.push({ index: item(members, place), distance });
  });
  const chosen: number[] = [];
  while (kept.length + chosen.length < capacity) {
    const open = niches.filter((niche) => niche.open.length > 0);
    const least = Math.min(...open.map(({ count }) => count));
    const niche = draw.pick(open.filter(({ count }) => count === least));
    const nearest = niche.open.reduce((best, member, at) => (member.distance < item(niche.open, best).distance ? at : best), 0);
    const [member] = niche.open.splice(niche.count === 0 ? nearest : draw.int(niche.open.length), 1);
    if (member) chosen.push(member.index);
    niche.count++;
  }
  return chosen;
}

/**
 * Evenly spread points of the unit simplex (Das and Dennis, SIAM J. Optim. 8(3), 1998): all whose coordinates are multiples of 1 / p, with
 * the largest p that gives no more than `most`, but at least 1.
 */
export function referenceDirections(axes: number, most: number): number[][] {
  let divisions = 1;
  for (let count = axes; axes > 1; divisions++) {
    count = (count * (divisions + axes)) / (divisions + 1);
    if (count > most) break;
  }
  const directions: number[][] = [];
  const extend = (start: readonly number[], left: number) => {
    if (start.length === axes - 1) directions.push([...start, left].map((part) => part / divisions));
    else for (let part = 0; part <= left; part++) extend([...start, part], left - part);
  };
  extend([], divisions);
  return directions;
}

function nearestDirection(vector: readonly number[], directions: readonly (readonly number[])[]) {
  let nearest = { direction: 0, distance: Number.POSITIVE_INFINITY };
  directions.forEach((line, direction) => {
    const along = line.reduce((sum, value, axis) => sum + value * numberAt(vector, axis), 0);
    const length = line.reduce((sum, value) => sum + value * value, 0);
    const distance = Math.hypot(...vector.map((value, axis) => value - (along / length) * numberAt(line, axis)));
    if (distance < nearest.distance) nearest = { direction, distance };
  });
  return nearest;
}
