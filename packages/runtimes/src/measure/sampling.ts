/** How latencies are sampled on a machine that others use too. */
import { quantile } from "./quantile.ts";

/** How a latency is sampled. */
export interface SamplingSettings {
  /** Runs that are not timed, to fill caches and let lazy set-up happen. */
  readonly warmup: number;
  /** Timed runs in a block; the reference network is timed before and after each block. */
  readonly blockRepetitions: number;
  readonly referenceRepetitions: number;
  /** Fewest repetitions that a value may rest on. */
  readonly minRepetitions: number;
  /** Which quantile is reported. Low, because disturbance only ever adds time. */
  readonly quantile: number;
  /** Stable: the older and the newer half of the repetitions give the same quantile, to this relative difference. */
  readonly tolerance: number;
  /** A block counts as quiet if the reference, before and after it, was within this share of its best. */
  readonly maxDrift: number;
  /** Whichever is reached first ends the sampling. */
  readonly maxRepetitions: number;
  readonly maxSeconds: number;
}

export const defaultSampling: SamplingSettings = {
  warmup: 10,
  blockRepetitions: 25,
  referenceRepetitions: 10,
  minRepetitions: 100,
  quantile: 0.2,
  tolerance: 0.02,
  maxDrift: 0.1,
  maxRepetitions: 2000,
  maxSeconds: 3,
};

/** What is sampled. */
export interface SamplingSubject {
  /** One inference of the network in question. */
  readonly run: () => Promise<unknown>;
  /** One inference of a small fixed network, which tells how fast the machine is just now. */
  readonly reference: () => Promise<unknown>;
  /** The lowest quantile of the reference that was ever seen, ms; infinite where it never ran. */
  readonly bestReferenceMs: number;
  /** A clock, ms. */
  readonly now: () => number;
}

export interface Samples {
  readonly timesMs: readonly number[];
  /** Whether the reported quantile had settled when the sampling ended. */
  readonly stable: boolean;
  /** How much slower than its best the reference was around the blocks that were kept, on average: 0.03 is 3 %. */
  readonly drift: number;
  /** Blocks that were measured again because the machine was slower meanwhile. */
  readonly droppedBlocks: number;
  readonly bestReferenceMs: number;
}

interface Block {
  readonly timesMs: readonly number[];
  /** Quantile of the reference before and after; the slower of the two. */
  readonly referenceMs: number;
}

async function time(run: () => Promise<unknown>, repetitions: number, now: () => number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const start = now();
    await run();
    times.push(now() - start);
  }
  return times;
}

/**
 * Times a network in blocks, each between two timings of the reference network, until the reported quantile is stable.
 *
 * Only blocks count during which the machine was about as fast as at its best; the others are measured again. No time
 * is ever scaled by the reference. Where the limits are reached before there are enough quiet blocks, the quietest
 * blocks that make up the fewest repetitions allowed are used, and `drift` says how quiet they were.
 */
export async function sampleLatency(subject: SamplingSubject, settings: SamplingSettings): Promise<Samples> {
  const { run, reference, now } = subject;
  const start = now();
  await time(run, settings.warmup, now);
  await time(reference, settings.warmup, now);
  const timeReference = async () => quantile(await time(reference, settings.referenceRepetitions, now), settings.quantile);

  const blocks: Block[] = [];
  let repetitions = 0;
  let before = await timeReference();
  let bestReferenceMs = Math.min(subject.bestReferenceMs, before);
  const choose = () => chooseBlocks(blocks, bestReferenceMs, settings);
  for (;;) {
    const timesMs = await time(run, settings.blockRepetitions, now);
    const after = await timeReference();
    blocks.push({ timesMs, referenceMs: Math.max(before, after) });
    repetitions += timesMs.length;
    bestReferenceMs = Math.min(bestReferenceMs, after);
    before = after;
    const { kept, quiet } = choose();
    const stable = quiet && isStable(kept, settings);
    const ended = repetitions >= settings.maxRepetitions || now() - start >= settings.maxSeconds * 1000;
    if (stable || (ended && repetitions >= settings.minRepetitions)) {
      const drift = kept.reduce((sum, block) => sum + block.referenceMs / bestReferenceMs - 1, 0) / kept.length;
      const timesKept = kept.flatMap((block) => block.timesMs);
      return { timesMs: timesKept, stable, drift, droppedBlocks: blocks.length - kept.length, bestReferenceMs };
    }
  }
}

/** The quiet blocks where there are enough, else as many of the quietest as are needed; in order of time. */
function chooseBlocks(blocks: readonly Block[], bestReferenceMs: number, settings: SamplingSettings) {
  const needed = Math.ceil(settings.minRepetitions / settings.blockRepetitions);
  const quiet = blocks.filter((block) => block.referenceMs <= bestReferenceMs * (1 + settings.maxDrift));
  if (quiet.length >= needed) return { kept: quiet, quiet: true };
  const quietest = new Set([...blocks].sort((a, b) => a.referenceMs - b.referenceMs).slice(0, needed));
  return { kept: blocks.filter((block) => quietest.has(block)), quiet: false };
}

function isStable(blocks: readonly Block[], settings: SamplingSettings): boolean {
  const all = blocks.flatMap((block) => block.timesMs);
  const half = Math.floor(all.length / 2);
  const older = quantile(all.slice(0, half), settings.quantile);
  const newer = quantile(all.slice(half), settings.quantile);
  return Math.abs(newer - older) <= settings.tolerance * Math.min(older, newer);
}
