import { describe, expect, it } from "vitest";
import { mobilenetV2, transformerEncoder } from "../testing/networks/referenceNetworks.ts";
import { withBatch } from "./batch.ts";
import { NetworkBuilder } from "./builder.ts";
import type { NodeIndex } from "./network.ts";
import type { Operator } from "./operators.ts";
import { verifyNetwork } from "./verify.ts";

/** The shape that an operator on a batch of `shape[0]` gives once the batch is `batch`. */
function shapeWith(
  batch: number,
  shape: readonly number[],
  op: Operator,
  others: (b: NetworkBuilder, x: NodeIndex) => readonly NodeIndex[] = () => [],
) {
  const b = new NetworkBuilder();
  const x = b.input(shape);
  const network = b.build(b.add(op, [x, ...others(b, x)], "op"));
  const changed = withBatch(network, batch);
  verifyNetwork(changed);
  return changed.nodes[changed.outputs[0] as number]?.output.shape;
}

describe("withBatch", () => {
  it("holds for published networks and back again", () => {
    for (const network of [mobilenetV2(), transformerEncoder()]) {
      const batch = withBatch(network, 32);
      verifyNetwork(batch);
      expect(batch.nodes[batch.outputs[0] as number]?.output.shape).toEqual([32, 1000]);
      expect(withBatch(batch, 1)).toEqual(network);
    }
  });

  it("scales a reshape's first dimension, whether stated or left open", () => {
    expect(shapeWith(5, [1, 12], { kind: "reshape", shape: [1, 3, 4] })).toEqual([5, 3, 4]);
    expect(shapeWith(5, [2, 12], { kind: "reshape", shape: [-1, 4] })).toEqual([15, 4]);
    expect(shapeWith(5, [2, 12], { kind: "reshape", shape: [6, 4] })).toEqual([15, 4]);
    expect(shapeWith(5, [2, 12], { kind: "reshape", shape: [2, -1] })).toEqual([5, 12]);
  });

  it("lets constants and parameters broadcast", () => {
    const constant = (b: NetworkBuilder) => [b.constant([1, 12], 1)];
    expect(shapeWith(5, [1, 12], { kind: "binary", fn: "add" }, constant)).toEqual([5, 12]);
    expect(shapeWith(5, [2, 12], { kind: "binary", fn: "add" }, (b) => [b.constant([12], 1)])).toEqual([5, 12]);
  });

  it.each<[Operator, readonly number[], ((b: NetworkBuilder, x: NodeIndex) => readonly NodeIndex[])?]>([
    [{ kind: "concat", axis: 0 }, [1, 4], (_, x) => [x]],
    [{ kind: "concat", axis: 1 }, [1, 4], (b) => [b.constant([1, 2], 1)]],
    [{ kind: "softmax", axis: 0 }, [1, 4]],
    [{ kind: "reduce", fn: "mean", axes: [0, 1], keepDims: false }, [1, 4]],
    [{ kind: "slice", axes: [0], starts: [0], ends: [1] }, [1, 4]],
    [{ kind: "transpose", permutation: [1, 0] }, [1, 4]],
    [{ kind: "dense", outFeatures: 3, bias: true }, [4]],
    [{ kind: "matmul", transposeA: true, transposeB: false }, [1, 4], (b) => [b.constant([1, 2], 1)]],
    [{ kind: "binary", fn: "add" }, [1, 4], (b) => [b.constant([2, 1, 4], 1)]],
    [{ kind: "binary", fn: "add" }, [1, 4], (b) => [b.constant([3, 4], 1)]],
    [{ kind: "binary", fn: "add" }, [2, 4], (b) => [b.constant([2, 4], 1)]],
    [{ kind: "reshape", shape: [3, 2] }, [2, 3]],
  ])("refuses %o, which would mix samples", (op, shape, others) => {
    expect(() => shapeWith(3, shape, op, others)).toThrow("node 'op'");
  });

  it("refuses inputs of different batches and a batch that is none", () => {
    const b = new NetworkBuilder();
    const [x, y] = [b.input([1, 4], "x"), b.input([2, 4], "y")];
    expect(() => withBatch(b.build(x, y), 3)).toThrow("node 'y'");
    expect(() => withBatch(b.build(x), 0)).toThrow("at least 1");
  });
});
