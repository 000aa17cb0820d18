import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { interpret } from "../../testing/networks/interpret.ts";
import { NetworkBuilder } from "../builder.ts";
import type { Network, NodeIndex } from "../network.ts";
import type { Padding } from "../operators.ts";
import { parameterVectorLength } from "../parameters.ts";
import { verifyNetwork } from "../verify.ts";
import { exposePadding } from "./exposePadding.ts";
import { fusePadding } from "./fusePadding.ts";

/** Images, padded and convolved in any order; some pads are chained, read by other operators, of other values, or unused. */
function paddedNetwork(seed: number): Network {
  const rng = createRng(seed);
  const b = new NetworkBuilder();
  const made: NodeIndex[] = [b.input([1, 2, 5, 5])];
  for (let step = 0; step < 7; step++) {
    const x = rng.next() < 0.7 ? (made.at(-1) as NodeIndex) : rng.pick(made);
    const padding: Padding = [rng.int(3), rng.int(2), rng.int(2), rng.int(3)];
    const pad = () => b.add({ kind: "pad", padding, value: rng.next() < 0.8 ? 0 : 0.5 }, [x]);
    const conv = () => b.conv2d(x, 1 + rng.int(3), 1 + rng.int(3), { stride: 1 + rng.int(2), padding: rng.int(2), bias: rng.next() < 0.5 });
    made.push(rng.pick([pad, pad, conv, conv, () => b.depthwise(x, 1 + rng.int(2)), () => b.activation(x, "relu")])());
    const [, , height, width] = b.shape(made.at(-1) as NodeIndex);
    if (Math.min(height as number, width as number) < 3) made.pop();
  }
  return b.build(made.at(-1) as NodeIndex, ...(rng.next() < 0.3 ? [rng.pick(made)] : []));
}

function run(network: Network, seed: number): readonly number[][] {
  const rng = createRng(seed);
  const draw = (length: number) => Float64Array.from({ length }, () => rng.next() - 0.5);
  const image = draw(50);
  return interpret(network, { input: image }, draw(parameterVectorLength(network))).map((values) => [...values]);
}

describe("fusePadding", () => {
  it("leaves the numbers that a network computes, and a pad only where it is needed", () => {
    let gone = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const network = paddedNetwork(seed);
        const fused = fusePadding(network);
        verifyNetwork(fused);
        expect(run(fused, seed)).toEqual(run(network, seed));
        gone += network.nodes.length - fused.nodes.length;
        expect(fusePadding(fused)).toEqual(fused);
      }),
      { numRuns: 300 },
    );
    expect(gone).toBeGreaterThan(50);
  });

  it("adds the pad's sides to those of all convolutions that read it", () => {
    const b = new NetworkBuilder();
    const pad = b.add({ kind: "pad", padding: [0, 1, 2, 3], value: 0 }, [b.input([1, 2, 5, 5])], "pad");
    const network = b.build(b.conv2d(pad, 4, 3, { padding: 1, name: "a" }), b.depthwise(pad, 2, { padding: 0, name: "b" }));
    const fused = fusePadding(network);
    expect(fused.nodes.map(({ name }) => name)).toEqual(["input", "a", "b"]);
    expect(fused.nodes[1]?.op).toMatchObject({ padding: [1, 2, 3, 4] });
    expect(fused.nodes[2]?.op).toMatchObject({ padding: [0, 1, 2, 3] });
  });

  it("keeps padding that is an output, that something else reads, or that is not of zeros", () => {
    const build = (value: number, finish: (b: NetworkBuilder, pad: NodeIndex) => NodeIndex[]) => {
      const b = new NetworkBuilder();
      const pad = b.add({ kind: "pad", padding: [1, 1, 1, 1], value }, [b.input([1, 2, 5, 5])]);
      return b.build(...finish(b, pad));
    };
    for (const network of [
      build(1, (b, pad) => [b.conv2d(pad, 2, 3)]),
      build(0, (b, pad) => [b.conv2d(pad, 2, 3), pad]),
      build(0, (b, pad) => [b.conv2d(pad, 2, 3), b.activation(pad, "relu")]),
    ]) {
      expect(fusePadding(network)).toEqual(network);
    }
  });
});

describe("exposePadding", () => {
  it("leaves the numbers that a network computes, and no padding of a convolution but SAME", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const network = paddedNetwork(seed);
        const exposed = exposePadding(network);
        verifyNetwork(exposed);
        expect(run(exposed, seed)).toEqual(run(network, seed));
        expect(exposePadding(exposed)).toEqual(exposed);
        expect(run(fusePadding(exposed), seed)).toEqual(run(network, seed));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    // TensorFlow pads an even image at the bottom and the right when the stride is 2, an odd one on both sides.
    [8, 3, 2, 1, true],
    [7, 3, 2, 1, false],
    [8, 3, 1, 1, false],
    [8, 3, 1, 0, false],
    [8, 5, 1, 1, true],
    [8, 3, 2, [0, 0, 1, 1], false],
  ] as const)("of an image of %i, a window of %i, stride %i, padding %j: %s", (size, kernel, stride, padding, isExposed) => {
    const b = new NetworkBuilder();
    const network = b.build(b.conv2d(b.input([1, 2, size, size]), 4, kernel, { stride, padding, name: "conv" }));
    const names = exposePadding(network).nodes.map(({ name }) => name);
    expect(names).toEqual(isExposed ? ["input", "conv.pad", "conv"] : ["input", "conv"]);
  });
});
