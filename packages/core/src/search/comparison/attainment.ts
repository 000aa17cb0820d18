/** Empirical attainment surfaces: which trade-offs a share of the runs reaches. */
import { numberAt } from "../../base/matrix.ts";

type Point = readonly [number, number];

/**
 * The surface that at least `share` of the runs attain (Fonseca and Fleming, PPSN 1996), of two minimised objectives: a run attains a
 * point where one of its vectors is nowhere worse.
 * @param fronts by run, the vectors that it found.
 * @returns the surface's corners, the first objective ascending and the second descending; empty where too few runs found anything.
 */
export function attainmentSurface(fronts: readonly (readonly (readonly number[])[])[], share: number): Point[] {
  // A hair less, so that .1 × 30 is three runs.
  const needed = Math.max(1, Math.ceil(share * fronts.length - 1e-9));
  const events = fronts
    .flatMap((front, run) => front.map((vector) => ({ run, x: numberAt(vector, 0), y: numberAt(vector, 1) })))
    .sort((a, b) => a.x - b.x || a.y - b.y);
  const least = new Float64Array(fronts.length).fill(Infinity);
  const corners: Point[] = [];
  let height = Infinity;
  for (let i = 0; i < events.length; ) {
    const x = (events[i] as { x: number }).x;
    for (; i < events.length && events[i]?.x === x; i++) {
      const { run, y } = events[i] as { run: number; y: number };
      least[run] = Math.min(least[run] as number, y);
    }
    const reached = Float64Array.from(least).sort()[needed - 1] as number;
    if (reached < height) {
      corners.push([x, reached]);
      height = reached;
    }
  }
  return corners;
}
