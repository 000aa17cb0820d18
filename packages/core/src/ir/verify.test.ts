import { describe, expect, it } from "vitest";
import { NetworkBuilder } from "./builder.ts";
import type { Network, Node } from "./network.ts";
import { NetworkError, verifyNetwork } from "./verify.ts";

function valid(): Network {
  const b = new NetworkBuilder();
  const x = b.conv2d(b.input([1, 3, 8, 8]), 4, 3, { name: "stem" });
  return b.build(b.activation(b.batchNorm(x), "relu"));
}

/** The valid network with one of its nodes changed. */
function changed(index: number, change: Partial<Node>): Network {
  const network = valid();
  return { ...network, nodes: network.nodes.map((node, i) => (i === index ? { ...node, ...change } : node)) };
}

const shape = [1, 4, 8, 8];
const norm = (epsilon: number) => changed(2, { op: { kind: "batchNorm", epsilon } });

describe("verifyNetwork", () => {
  it("accepts what the builder makes", () => {
    expect(() => verifyNetwork(valid())).not.toThrow();
  });

  it.each<[string, Network, string | undefined, string]>([
    ["a later input", changed(1, { inputs: [2] }), "stem", "input 2 is not an earlier node (this one is 1)"],
    ["itself as input", changed(1, { inputs: [1] }), "stem", "not an earlier node"],
    ["an input that does not exist", changed(1, { inputs: [-1] }), "stem", "not an earlier node"],
    ["no input where one is needed", changed(1, { inputs: [] }), "stem", "takes 1 input, not 0"],
    ["a name with a space", changed(1, { name: "the stem" }), "the stem", "letters, digits"],
    ["no name", changed(1, { name: "" }), "", "letters, digits"],
    ["a name twice", changed(1, { name: "input" }), "input", "two nodes have this name"],
    [
      "another shape",
      changed(1, { output: { shape: [1, 4, 8, 9], format: "float32" } }),
      "stem",
      "states float32[1,4,8,9], but conv2d gives float32[1,4,8,8]",
    ],
    ["another format", changed(1, { output: { shape, format: "int8" } }), "stem", "states int8[1,4,8,8]"],
    ["an unknown format", changed(1, { weightFormat: "int9" as "int8" }), "stem", "'int9' is not a number format"],
    ["an epsilon that is not a number", norm(Number.NaN), "batchNorm_2", "epsilon"],
    ["a negative epsilon", norm(-1), "batchNorm_2", "epsilon"],
    ["no output", { ...valid(), outputs: [] }, undefined, "no output"],
    ["an output that does not exist", { ...valid(), outputs: [4] }, undefined, "output 4 does not exist"],
  ])("refuses %s, naming the node", (_, network, node, message) => {
    let thrown: unknown;
    try {
      verifyNetwork(network);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(NetworkError);
    expect((thrown as NetworkError).node).toBe(node);
    expect((thrown as NetworkError).message).toContain(message);
  });
});
