/** How a new device may relate to what is known: prior variances of the weights of each part of the features. */
export interface Hypothesis {
  /** The source device that it resembles most, or −1. */
  readonly relative: number;
  /** Prior variances: one for each source device, then for the eager, live and encoding parts. */
  readonly sources: readonly number[];
  readonly parts: Parts;
  readonly logPrior: number;
}

/** Variances of a measurement's noise relative to the device's squared amplitude, the small ones somewhat more probable. */
export const noiseLevels: readonly { readonly noise: number; readonly logPrior: number }[] = [
  { noise: 0.003, logPrior: 0 },
  { noise: 0.01, logPrior: -0.1 },
  { noise: 0.03, logPrior: -0.2 },
  { noise: 0.1, logPrior: -0.4 },
  { noise: 0.3, logPrior: -0.8 },
  { noise: 1, logPrior: -1.6 },
  { noise: 3, logPrior: -2.2 },
];

type Parts = readonly [eager: number, live: number, encoding: number];
/** Runtimes execute what is written, or only what the output needs, or something between; with the prior of each. */
const runtimes: readonly { readonly ratios: Parts; readonly prior: number }[] = [
  { ratios: [1, 0.1, 0.03], prior: 0.4 },
  { ratios: [0.03, 1, 0.03], prior: 0.4 },
  { ratios: [0.5, 0.5, 0.03], prior: 0.2 },
];
/** Where one hypothesis has to stand for all runtimes. */
const usualRatios: Parts = [1, 0.3, 0.03];
/** Prior variance of a log-latency under every hypothesis: one that lets the device differ more does not let it spread more. */
const totalVariance = 1.5;
const parts = (scale: number, [eager, live, encoding] = usualRatios): Parts => [scale * eager, scale * live, scale * encoding];

/**
 * The hypotheses that predictions average over: the device is like all sources together, with more or less of its own; or it
 * is much like one of them; or it is a device like none, as the synthetic ones. The measurements say which, so that sources
 * unlike the device do little harm.
 */
export function hypothesesFor(sourceCount: number): readonly Hypothesis[] {
  const list: { relative: number; sources: number[]; parts: Parts; prior: number }[] = [];
  const alike = (variance: number) => new Array<number>(sourceCount).fill(variance);
  for (const { ratios, prior } of runtimes) {
    list.push({ relative: -1, sources: alike(0), parts: parts(1, ratios), prior: prior * (sourceCount === 0 ? 1 : 0.1) });
    if (sourceCount === 0) continue;
    for (const scale of [0.1, 1, 10])
      list.push({ relative: -1, sources: alike(1 / sourceCount), parts: parts(scale, ratios), prior: prior * 0.35 });
  }
  if (sourceCount > 0) {
    for (const rest of [0.01, 0.05]) {
      for (let source = 0; source < sourceCount; source++) {
        const sources = alike(rest / sourceCount);
        sources[source] = 1;
        list.push({ relative: source, sources, parts: parts(rest), prior: 0.5 / sourceCount });
      }
    }
  }
  const total = list.reduce((sum, { prior }) => sum + prior, 0);
  return list.map(({ prior, relative, sources, parts }) => {
    const factor = totalVariance / [...sources, ...parts].reduce((sum, variance) => sum + variance, 0);
    const [eager, live, encoding] = parts;
    return {
      relative,
      sources: sources.map((variance) => factor * variance),
      parts: [factor * eager, factor * live, factor * encoding],
      logPrior: Math.log(prior / total),
    };
  });
}

/** What `suggest` takes for granted: all sources count, and so does what is none of theirs. */
export function hypothesisForSuggesting(sourceCount: number): Hypothesis {
  return { relative: -1, sources: new Array<number>(sourceCount).fill(0.5 / Math.max(1, sourceCount)), parts: parts(1), logPrior: 0 };
}

/** The variances one after another, one for each feature of a row. */
export function featureVariances(
  { sources, parts: [eager, live, encoding] }: Hypothesis,
  sizes: readonly [number, number, number],
): Float64Array {
  return Float64Array.from([
    ...sources,
    ...new Array<number>(sizes[0]).fill(eager),
    ...new Array<number>(sizes[1]).fill(live),
    ...new Array<number>(sizes[2]).fill(encoding),
  ]);
}
