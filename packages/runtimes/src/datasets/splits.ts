/** Positions of a dataset's images in each split, ascending. */
export interface SplitIndices {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** Shares of the images, multiples of 1/20. */
export interface SplitShares {
  readonly validation: number;
  readonly test: number;
}

/** Images are dealt in rounds of this many. */
export const ROUND = 20;

const twentieths = (share: number) => Math.round(share * ROUND);

/** The first position of each round that goes to validation, and the first that goes to test. */
export function splitBounds({ validation, test }: SplitShares): readonly [validation: number, test: number] {
  const firstTest = ROUND - twentieths(test);
  return [firstTest - twentieths(validation), firstTest];
}

/**
 * Deals images in rounds of twenty: of the positions p mod 20, the last 20·test go to test, the 20·validation before
 * them to validation, the others to training. With shares of 0.15 and 0.15: 0–13 train, 14–16 validation, 17–19 test.
 */
export function dealSplits(positions: Int32Array, shares: SplitShares): SplitIndices {
  const [firstValidation, firstTest] = splitBounds(shares);
  const part = (from: number, to: number) =>
    Int32Array.from(positions.keys()).filter((index) => {
      const phase = (positions[index] as number) % ROUND;
      return from <= phase && phase < to;
    });
  return { train: part(0, firstValidation), validation: part(firstValidation, firstTest), test: part(firstTest, ROUND) };
}

/** Where the dataset brings its own test images: the last ⌊share · count⌋ of the others are for validation. */
export function holdOutTail(count: number, share: number): Pick<SplitIndices, "train" | "validation"> {
  const all = Int32Array.from({ length: count }, (_, i) => i);
  // Counted in twentieths, because 0.15 · 60000 is not a whole number in floating point.
  const held = Math.floor((twentieths(share) * count) / ROUND);
  return { train: all.subarray(0, count - held), validation: all.subarray(count - held) };
}

/**
 * `limit` of the images, every class in proportion: image r (from 0) of the n of its class stands at (r + ½) / n, and
 * the images that stand lowest are kept (at equal height: the lower label first). All of them where there are no more.
 */
export function limitByClass(indices: Int32Array, labels: Int32Array, limit: number | undefined): Int32Array {
  if (limit === undefined || indices.length <= limit) return indices;
  const label = (index: number) => labels[index] as number;
  const perClass = new Map<number, number>();
  const ranked = Array.from(indices, (index) => {
    const rank = perClass.get(label(index)) ?? 0;
    perClass.set(label(index), rank + 1);
    return { index, rank };
  });
  const height = ({ index, rank }: (typeof ranked)[number]) => (rank + 0.5) / (perClass.get(label(index)) as number);
  ranked.sort((a, b) => height(a) - height(b) || label(a.index) - label(b.index));
  return Int32Array.from(ranked.slice(0, limit), ({ index }) => index).sort();
}
