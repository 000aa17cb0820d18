/** Random trials of `queryExperiment`, with all that a query may meet: what is unknown, equal, measured for some, or over budget. */
import fc from "fast-check";
import type { Trial } from "../../experiment/index.ts";

/** @param measuredShare how many trials were measured on `local` for each one that was not. */
export function queryTrials({ measuredShare = 1 }: { readonly measuredShare?: number } = {}): fc.Arbitrary<readonly Trial[]> {
  // Coarse values are often equal, fine ones differ by less than what a table usually shows.
  const between = (min: number, max: number) =>
    fc.oneof(
      fc.integer({ min, max }),
      fc.double({ min, max, noNaN: true }).map((value) => Number(value.toPrecision(8))),
    );
  const value = between(1, 50);
  const one = fc.record({
    score: between(50, 100),
    predicted: value,
    measured: fc.option(value, { freq: measuredShare }),
    board: value,
    memory: fc.option(fc.integer({ min: 1, max: 9 })),
    size: fc.integer({ min: 1, max: 9 }),
    feasible: fc.integer({ max: 5 }).map((roll) => roll > 0),
  });
  return fc.array(one, { maxLength: 25 }).map((list) =>
    list.map(({ score, predicted, measured, board, memory, size, feasible }, number) => {
      const measurements =
        measured === null ? [] : [{ device: "local", metric: "latencyMs", value: measured, median: measured, spread: 0 }];
      const known = (value: number) => ({ value, low95: null, high95: null, source: "analytic" });
      const onBoard = { latencyMs: known(board), ...(memory === null ? {} : { peakMemoryBytes: known(memory * 1024) }) };
      return {
        number,
        architecture: `stem-${size} tail-${number}`,
        gate: feasible ? "trained" : "analytic",
        status: feasible ? "feasible" : "infeasible",
        ...(feasible ? { score } : {}),
        macs: size * 1000,
        parameters: size,
        devices: { local: { estimates: { latencyMs: known(predicted) }, measurements }, board: { estimates: onBoard, measurements: [] } },
        excesses: [],
      };
    }),
  ) as unknown as fc.Arbitrary<readonly Trial[]>;
}
