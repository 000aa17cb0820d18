/** How much of a network's cost is a guess, because whoever read it does not know some of its operators. */

import { type Network, nodeCosts } from "../../ir/index.ts";
import type { LatencyPrediction } from "../../latency/index.ts";

/** How many times as long an unknown operator may take as a copy of its tensors, which is what it is guessed to be. */
const mostTimesACopy = 10;

/** The share of the bytes that a network moves which operators of guessed cost move, 0 to 1. */
export function guessedShare(network: Network): number {
  let [guessed, all] = [0, 0];
  nodeCosts(network).forEach(({ bytesMoved }, index) => {
    const op = network.nodes[index]?.op;
    if (op?.kind === "opaque" && op.estimated) guessed += bytesMoved;
    all += bytesMoved;
  });
  return all === 0 ? 0 : guessed / all;
}

/** The interval of a prediction, with what is guessed taking no time at its low end, and ten times its own at its high end. */
export function widenedByGuesses<P extends LatencyPrediction>(prediction: P, share: number): P {
  if (share === 0) return prediction;
  const { latencyMs, sdMs, low95Ms, high95Ms } = prediction;
  const more = latencyMs * share * (mostTimesACopy - 1);
  return { ...prediction, low95Ms: low95Ms * (1 - share), high95Ms: high95Ms + more, sdMs: Math.hypot(sdMs, more / 2) };
}
