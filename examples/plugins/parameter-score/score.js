// @ts-check
/** How a network is scored. A file of its own, to show that a plugin may have several: all of them count as its content. */
import { networkCosts } from "@archwright/core/ir";

/**
 * In percent, below 100.
 * @param {import("@archwright/core/ir").Network} network
 * @param {number} half parameters with half of the highest score
 */
export function scoreOf(network, half) {
  const { parameters } = networkCosts(network);
  return (100 * parameters) / (parameters + half);
}
