import { describe, expect, test } from "vitest";
import { CandidateError } from "../base/index.ts";
import type { DeviceRuntime, Measurement } from "../experiment/index.ts";
import { type Network, networkCosts, parameterVectorLength, verifyNetwork } from "../ir/index.ts";
import { deviceRuntimeChecks, deviceRuntimeConformance } from "./deviceRuntime.ts";

type Measure = DeviceRuntime["measure"];

function measurement(network: Network): Measurement {
  const value = networkCosts(network).macs / 1e6;
  const taken = { runtime: "arithmetic 1.0", takenAt: "2026-11-26T12:00:00.000Z", repetitions: 100, spread: 0 };
  return { device: "fake", metric: "latencyMs", value, median: value, ...taken };
}

/** A runtime whose latency is the number of multiply-accumulates. */
const honest: Measure = async (network, weights) => {
  try {
    verifyNetwork(network);
  } catch (cause) {
    throw new CandidateError("invalid-network", "not a network", { cause });
  }
  if (weights && weights.length !== parameterVectorLength(network)) throw new CandidateError("invalid-network", "weights do not fit");
  if (weights?.some((weight) => !Number.isFinite(weight))) throw new CandidateError("not-finite", "the output is NaN");
  return measurement(network);
};

const runtime = (measure: Measure): DeviceRuntime => ({ device: "fake", measure });

/** Lets `busy` answer requests that come while another is under way. */
function whileBusy(busy: (current: Promise<Measurement>, ...request: Parameters<Measure>) => Promise<Measurement>): Measure {
  let current: Promise<Measurement> | undefined;
  return (...request) => {
    if (current) return busy(current, ...request);
    const answer = honest(...request).finally(() => {
      current = undefined;
    });
    current = answer;
    return answer;
  };
}

const changed =
  (change: (measurement: Measurement) => Partial<Measurement>): Measure =>
  async (...request) => {
    const honestly = await honest(...request);
    return { ...honestly, ...change(honestly) };
  };

/** Multiplies the latency by 1, 10, 1, 10, … */
function unsteady(): Measure {
  let count = 0;
  return async (...request) => {
    const { value, median, ...rest } = await honest(...request);
    const factor = count++ % 2 === 0 ? 1 : 10;
    return { ...rest, value: value * factor, median: median * factor };
  };
}

/** After a request that failed, all do. */
function poisoned(): Measure {
  let last: Promise<unknown> = Promise.resolve();
  return (...request) => {
    const answer = last.then(() => honest(...request));
    last = answer;
    return answer;
  };
}

/** What waits together is given the weights of the first that waits. */
function mixedUp(): Measure {
  const waiting: (() => void)[] = [];
  let shared: Float32Array | undefined;
  return async (network, weights) => {
    if (waiting.length === 0) {
      shared = weights;
      setImmediate(() => {
        for (const go of waiting.splice(0)) go();
      });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
    return honest(network, shared?.length === parameterVectorLength(network) ? shared : undefined);
  };
}

const weightsClaim = "measures with the weights that it is given";
const atOnceClaim = "serves measurements asked for at once, each with its own network and weights, as if it were alone";
const saysClaim = "says of a measurement what it is, and only finite positive numbers";

const wrong: readonly (readonly [what: string, claim: string, create: () => Measure])[] = [
  ["ignores given weights", weightsClaim, () => (network) => honest(network)],
  [
    "looks at the number of given weights alone",
    weightsClaim,
    () => (network, weights) => honest(network, weights && new Float32Array(weights.length)),
  ],
  ["refuses all given weights", weightsClaim, () => (network, weights) => honest(network, weights && new Float32Array(0))],
  ["gives those who come meanwhile the answer that is under way", atOnceClaim, () => whileBusy((current) => current)],
  ["refuses those who come meanwhile", atOnceClaim, () => whileBusy(() => Promise.reject(new Error("busy")))],
  ["never answers those who come meanwhile", atOnceClaim, () => whileBusy(() => new Promise(() => {}))],
  ["fails those who come after one that failed", atOnceClaim, poisoned],
  ["mixes up the weights of those who wait", atOnceClaim, mixedUp],
  [
    "measures those who come meanwhile on a busy machine",
    atOnceClaim,
    () => whileBusy((current, ...request) => current.then(() => changed(({ value }) => ({ value: 5 * value }))(...request))),
  ],
  ["gives the same number for every network", "finds 64 times the arithmetic slower", () => changed(() => ({ value: 1, median: 1 }))],
  ["never gives the same number again", "repeats itself, roughly", unsteady],
  ["runs what cannot run", "rejects a network that cannot run, with a code, and goes on", () => async (network) => measurement(network)],
  ["speaks of another device", saysClaim, () => changed(() => ({ device: "another" }))],
  ["gives a latency of 0", saysClaim, () => changed(() => ({ value: 0 }))],
  ["gives a spread that is not a number", saysClaim, () => changed(() => ({ spread: Number.NaN }))],
];

deviceRuntimeConformance("arithmetic", () => runtime(honest));

describe("a runtime is rejected that", () => {
  test.each(wrong)("%s", async (_, claim, create) => {
    const found = deviceRuntimeChecks.find((check) => check.claim === claim);
    if (!found) throw new Error(`no check claims '${claim}'`);
    await expect(found.check(runtime(create()), { patienceMs: 100 })).rejects.toThrow();
  });
});
