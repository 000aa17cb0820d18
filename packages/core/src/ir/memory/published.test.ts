import { describe, expect, it } from "vitest";
import { publishedGraph } from "../../testing/networks/publishedGraphs.fixture.ts";
import { NetworkBuilder } from "../builder.ts";
import { networkCosts } from "../costs.ts";
import { fusePadding } from "../deployment/fusePadding.ts";
import type { Network, NodeIndex } from "../network.ts";
import { verifyNetwork } from "../verify.ts";
import { type MemoryOptions, sharedKinds } from "./options.ts";
import { peakTensors, planMemory } from "./plan.ts";

const views: MemoryOptions = { shares: sharedKinds };
/** As a file's graph runs: in its order, every tensor in a buffer of its own. */
const asFiled: MemoryOptions = { reorder: false, inPlace: false };

function proven(bytes: number) {
  return { peakLiveBytes: bytes, arenaBytes: bytes, lowerBoundBytes: bytes, scheduleIsOptimal: true, arenaIsOptimal: true };
}

describe("SwiftNet cell network (Visual Wake Words challenge 2019, uint8)", () => {
  const network = publishedGraph("swiftnet");

  it("needs 351,232 bytes in the file's order and 301,056 in the best", () => {
    // Liberis and Lane 2019, "Neural networks on microcontrollers": 351 KB and 301 KB.
    verifyNetwork(network);
    expect(planMemory(network, asFiled)).toMatchObject({ peakLiveBytes: 351_232, arenaBytes: 351_232, lowerBoundBytes: 301_056 });
    expect(planMemory(network)).toMatchObject(proven(301_056));
  });

  it("needs 200,704 bytes where convolutions read several buffers and the split is a view", () => {
    // The submission's own claim is a peak of 200.70 KB: its input, and the result of the first convolution.
    const plan = planMemory(network, views);
    expect(plan).toMatchObject(proven(224 * 224 * 3 + 56 * 56 * 16));
    expect(plan.peakLiveBytes).toBe(200_704);
    expect(peakTensors(plan, network)).toEqual({
      node: 2,
      name: "t1",
      tensors: [
        { node: 0, name: "t10", kind: "tensor", bytes: 150_528 },
        { node: 2, name: "t1", kind: "tensor", bytes: 50_176 },
      ],
    });
  });

  it("needs no more with depthwise convolutions in place", () => {
    expect(planMemory(network, { ...views, depthwiseInPlace: true })).toMatchObject({ arenaBytes: 200_704, lowerBoundBytes: 200_704 });
  });
});

describe("mcunet-vww1 (Lin et al. 2020, int8)", () => {
  const network = publishedGraph("vww");

  it("needs 161,472 bytes with its padding operators, 96,000 without", () => {
    verifyNetwork(network);
    const fused = fusePadding(network);
    verifyNetwork(fused);
    expect(network.nodes.length - fused.nodes.length).toBe(4);
    expect(networkCosts(fused)).toMatchObject({ parameters: networkCosts(network).parameters, macs: networkCosts(network).macs });
    expect(planMemory(network)).toMatchObject(proven(42 * 42 * 48 + 40 * 40 * 48));
    expect(planMemory(fused)).toMatchObject(proven(40 * 40 * 48 + 20 * 20 * 48));
    expect(planMemory(fused).arenaBytes).toBe(96_000);
  });
});

/** The normal cell of DARTS-V2 (Liu et al. 2019, figure 4), batch normalisation folded, with its concatenation. */
function dartsCell(finish: (b: NetworkBuilder, concat: NodeIndex) => NodeIndex[]): Network {
  const b = new NetworkBuilder();
  const [before, last] = [b.input([1, 48, 28, 28], "before"), b.input([1, 48, 28, 28], "last")];
  const half = (x: NodeIndex, dilation = 1) => b.conv2d(b.depthwise(b.activation(x, "relu"), 3, { dilation }), 48, 1, { bias: true });
  const separable = (x: NodeIndex) => half(half(x));
  const first = b.binary("add", separable(before), separable(last));
  const second = b.binary("add", separable(before), separable(last));
  const third = b.binary("add", separable(last), before);
  const fourth = b.binary("add", before, half(first, 2));
  return b.build(...finish(b, b.concat([first, second, third, fourth])));
}

describe("normal cell of DARTS-V2, 48×28×28, float32", () => {
  const image = 48 * 28 * 28 * 4;

  it("needs 6 images where the following convolutions read its concatenation as four, 8 with a copy", () => {
    // Ahn et al. 2020, "Ordering Chaos", figure 10: 903 KB by dynamic programming; they leave out the concatenation.
    const network = dartsCell((b, concat) => [b.conv2d(concat, 48, 1), b.conv2d(concat, 48, 1)]);
    expect(planMemory(network, views)).toMatchObject(proven(6 * image));
    expect(6 * image).toBe(903_168);
    expect(planMemory(network)).toMatchObject(proven(8 * image));
  });

  it("needs the copy where something else reads it", () => {
    for (const finish of [
      (_: NetworkBuilder, concat: NodeIndex) => [concat],
      (b: NetworkBuilder, concat: NodeIndex) => [b.conv2d(b.pool2d("max", concat, 2), 48, 1)],
    ]) {
      const network = dartsCell(finish);
      const plan = planMemory(network, views);
      expect(plan).toMatchObject(proven(8 * image));
      expect(plan.views.map(({ node }) => network.nodes[node]?.op.kind)).not.toContain("concat");
    }
  });
});
