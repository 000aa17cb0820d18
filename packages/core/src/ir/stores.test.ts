import { describe, expect, it } from "vitest";
import { networkWork } from "../devices/kernelWork.ts";
import { withBatch } from "./batch.ts";
import { NetworkBuilder } from "./builder.ts";
import { networkCosts, nodeCosts } from "./costs.ts";
import { deploy } from "./deployment/deploy.ts";
import { networkFromJson, networkToJson } from "./notation/json.ts";
import { formatNetwork, networkHash, parseNetwork } from "./notation/text.ts";
import type { OperatorOf } from "./operators.ts";
import { NetworkError, verifyNetwork } from "./verify.ts";

const resize: OperatorOf<"opaque"> = {
  kind: "opaque",
  name: "Resize",
  shape: [1, 4, 16, 16],
  work: "move",
  macs: 0,
  operations: 7168,
  parameters: 0,
  estimated: false,
};

/** Four executions of one 16×16×3×3 kernel, as in a siamese network. */
function shared() {
  const b = new NetworkBuilder("int8");
  const conv = {
    kind: "conv2d",
    outChannels: 16,
    kernel: [3, 3],
    stride: [1, 1],
    dilation: [1, 1],
    padding: [1, 1, 1, 1],
    groups: 1,
    bias: false,
  } as const;
  let x = b.input([1, 16, 8, 8]);
  for (let i = 0; i < 4; i++) x = b.add(conv, [x], `conv_${i}`, { stored: { weight: "kernel" } });
  return b.build(x);
}

describe("parameters in a store", () => {
  it("exist once, and every execution counts", () => {
    const network = shared();
    expect(networkCosts(network)).toMatchObject({ parameters: 2304, weightBytes: 2304, macs: 4 * 2304 * 64 });
    expect(nodeCosts(network).map(({ weightBytes }) => weightBytes)).toEqual([0, 2304, 2304, 2304, 2304]);
    expect(networkWork(network).storedBytes).toBe(2304);
    expect(networkWork(deploy(network, { format: "int8" })).storedBytes).toBe(2304);
  });

  it("may be seen under two shapes, as a table and its transpose", () => {
    const b = new NetworkBuilder();
    const tokens = b.input([1, 6]);
    const rows = b.add({ kind: "embedding", vocabulary: 4000, features: 32 }, [tokens], "rows", { stored: { weight: "table" } });
    const logits = b.add({ kind: "dense", outFeatures: 4000, bias: false }, [rows], "logits", { stored: { weight: "table" } });
    expect(networkCosts(b.build(logits)).parameters).toBe(128_000);
  });

  it("are written and read as text and as JSON, and the store's name does not change the hash", () => {
    const network = shared();
    expect(parseNetwork(formatNetwork(network))).toEqual(network);
    expect(networkFromJson(networkToJson(network))).toEqual(network);
    const renamed = parseNetwork(formatNetwork(network).replaceAll("weight:kernel", "weight:other"));
    expect(networkHash(renamed)).toBe(networkHash(network));
    const apart = parseNetwork(formatNetwork(network).replace("weight:kernel", "weight:other"));
    expect(networkHash(apart)).not.toBe(networkHash(network));
  });
});

describe("an opaque operator", () => {
  const b = new NetworkBuilder();
  const network = b.build(b.add(resize, [b.input([1, 4, 8, 8])], "up"));

  it("has the shape and the costs that it states", () => {
    verifyNetwork(network);
    expect(networkCosts(network)).toMatchObject({ macs: 0, flops: 7168, bytesMoved: 4 * (256 + 1024) });
    expect(parseNetwork(formatNetwork(network))).toEqual(network);
    expect(networkFromJson(networkToJson(network))).toEqual(network);
  });

  it("costs in proportion to the batch", () => {
    expect(networkCosts(withBatch(network, 3)).flops).toBe(3 * 7168);
  });

  it("cannot state nonsense", () => {
    const wrong = {
      nodes: network.nodes.map((node) => (node.op.kind === "opaque" ? { ...node, op: { ...node.op, macs: -1 } } : node)),
      outputs: [1],
    };
    expect(() => verifyNetwork(wrong)).toThrow(NetworkError);
  });
});

it("an operator of integers may give another integer format, and deployment keeps it", () => {
  const b = new NetworkBuilder("int8");
  const wide = b.add({ kind: "activation", fn: "relu" }, [b.input([1, 4, 8, 8])], "relu", { format: "int16" });
  const network = b.build(wide);
  verifyNetwork(network);
  expect(deploy(network).nodes.map(({ output }) => output.format)).toEqual(["int8", "int16"]);
  const asFloat = {
    ...network,
    nodes: network.nodes.map((node) => ({
      ...node,
      output: { ...node.output, format: node.name === "relu" ? ("float32" as const) : node.output.format },
    })),
  };
  expect(() => verifyNetwork(asFloat)).toThrow(/states float32/);
});
