/** The hypotheses of how a new device relates to what is known. */
import { latencySettings } from "../settings.ts";

/** How a new device may relate to what is known: prior variances of the weights of each part of the features. */
export interface Hypothesis {
  /** Prior variances: one for each source device, then for the eager, live and encoding parts. */
  readonly sources: readonly number[];
  readonly parts: Parts;
  readonly logPrior: number;
}

const settings = latencySettings.hypotheses;

/** Variances of a measurement's noise relative to the device's squared amplitude, the small ones somewhat more probable. */
export const noiseLevels = settings.noises;

type Parts = readonly [eager: number, live: number, encoding: number];

const scaled = (scale: number, [eager, live, encoding]: Parts): Parts => [scale * eager, scale * live, scale * encoding];

/**
 * The hypotheses that predictions average over: the device is like all sources together, with more or less of its own; or it
 * is much like one of them; or it is a device like none, as the synthetic ones. The measurements say which, so that sources
 * unlike the device do little harm.
 */
export function hypothesesFor(sourceCount: number): readonly Hypothesis[] {
  const list: { sources: number[]; parts: Parts; prior: number }[] = [];
  const alike = (variance: number) => new Array<number>(sourceCount).fill(variance);
  for (const { ratios, prior } of settings.runtimes) {
    list.push({ sources: alike(0), parts: scaled(1, ratios), prior: prior * (sourceCount === 0 ? 1 : settings.unlikeAll) });
    if (sourceCount === 0) continue;
    for (const scale of settings.likeAll.scales)
      list.push({ sources: alike(1 / sourceCount), parts: scaled(scale, ratios), prior: prior * settings.likeAll.prior });
  }
  if (sourceCount > 0) {
    for (const rest of settings.likeOne.rests) {
      for (let source = 0; source < sourceCount; source++) {
        const sources = alike(rest / sourceCount);
        sources[source] = 1;
        list.push({ sources, parts: scaled(rest, settings.usualRatios), prior: settings.likeOne.prior / sourceCount });
      }
    }
  }
  const total = list.reduce((sum, { prior }) => sum + prior, 0);
  return list.map(({ prior, sources, parts }) => {
    const factor = settings.totalVariance / [...sources, ...parts].reduce((sum, variance) => sum + variance, 0);
    const [eager, live, encoding] = parts;
    return {
      sources: sources.map((variance) => factor * variance),
      parts: [factor * eager, factor * live, factor * encoding],
      logPrior: Math.log(prior / total),
    };
  });
}

/** What `suggest` takes for granted: all sources count, and so does what is none of theirs. */
export function hypothesisForSuggesting(sourceCount: number): Hypothesis {
  const each = settings.suggestingSources / Math.max(1, sourceCount);
  return { sources: new Array<number>(sourceCount).fill(each), parts: scaled(1, settings.usualRatios), logPrior: 0 };
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
