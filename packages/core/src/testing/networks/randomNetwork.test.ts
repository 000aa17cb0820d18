import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { formatNetwork, liveNodes, readerCounts, verifyNetwork } from "../../ir/index.ts";
import { randomNetwork, randomParameters } from "./randomNetwork.ts";

const draw = (count: number, options = {}) => Array.from({ length: count }, (_, seed) => randomNetwork(createRng(seed), options));

describe("randomNetwork", () => {
  it("is the same for the same seed, verifies, and keeps to its bounds", () => {
    for (const [seed, network] of draw(50, { steps: 8, channels: 4, size: 5 }).entries()) {
      verifyNetwork(network);
      expect(formatNetwork(randomNetwork(createRng(seed), { steps: 8, channels: 4, size: 5 }))).toBe(formatNetwork(network));
      expect(network.nodes[0]?.output.shape.slice(2)).toEqual([5, 5]);
    }
  });

  it("draws every image operator, branches, joins, strides, groups and second outputs", () => {
    const networks = draw(200);
    const operators = networks.flatMap((network) => network.nodes.map((node) => node.op));
    const kinds = new Set(operators.map((op) => op.kind));
    const expected = [
      "input",
      "constant",
      "conv2d",
      "dense",
      "binary",
      "activation",
      "concat",
      "pool2d",
      "reduce",
      "batchNorm",
      "groupNorm",
    ];
    for (const kind of [...expected, "reshape", "transpose", "slice"]) expect(kinds).toContain(kind);
    const convolutions = operators.filter((op) => op.kind === "conv2d");
    expect(convolutions.some((op) => op.groups > 1 && op.groups < op.outChannels)).toBe(true);
    expect(convolutions.some((op) => op.groups > 1 && op.groups === op.outChannels)).toBe(true);
    expect(convolutions.some((op) => op.stride[0] !== op.stride[1] && op.dilation[0] === 2)).toBe(true);
    expect(networks.some((network) => network.outputs.length === 2)).toBe(true);
    expect(networks.some((network) => readerCounts(network).some((count) => count > 2))).toBe(true);
    expect(networks.some((network) => liveNodes(network).includes(false))).toBe(true);
  });

  it("leaves nothing dead where none is wanted", () => {
    for (const network of draw(100, { withDeadNodes: false })) {
      verifyNetwork(network);
      expect(liveNodes(network)).not.toContain(false);
    }
  });

  it("has parameters of plausible size with positive variances", () => {
    const parameters = randomParameters(createRng(1), randomNetwork(createRng(1), { steps: 30 }));
    expect(parameters.length).toBeGreaterThan(0);
    expect(parameters.every((value) => Number.isFinite(value) && Math.abs(value) < 10)).toBe(true);
  });
});
