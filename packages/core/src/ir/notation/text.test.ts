import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, InputError } from "../../base/index.ts";
import { randomNetwork } from "../../testing/networks/randomNetwork.ts";
import { mobilenetV2, resnet50, transformerEncoder } from "../../testing/networks/referenceNetworks.ts";
import { NetworkBuilder } from "../builder.ts";
import { deploy } from "../deployment/deploy.ts";
import type { Network } from "../network.ts";
import { verifyNetwork } from "../verify.ts";
import { networkFromJson, networkToJson } from "./json.ts";
import { formatNetwork, networkHash, parseNetwork } from "./text.ts";

const seeds = fc.integer({ min: 0, max: 1e9 });

/** One node of every kind that `randomNetwork` does not make. */
function oddments(): Network {
  const b = new NetworkBuilder();
  const ids = b.add({ kind: "cast", format: "int32" }, [b.input([1, 4], "ids")]);
  let x = b.add({ kind: "embedding", vocabulary: 10, features: 6 }, [ids], "table/words");
  x = b.binary("div", x, b.add({ kind: "parameter", shape: [4, 6] }, [], "pos.1-a"));
  x = b.add({ kind: "rmsNorm", epsilon: 1e-7 }, [b.add({ kind: "layerNorm", epsilon: 0.001 }, [x])]);
  x = b.add({ kind: "softmax", axis: 2 }, [b.add({ kind: "matmul", transposeA: false, transposeB: true }, [x, x])]);
  x = b.binary("mul", x, b.constant([], -1.5e300));
  return b.build(b.add({ kind: "reduce", fn: "max", axes: [0, 1, 2], keepDims: false }, [x]));
}

const renamed = (network: Network): Network => ({
  ...network,
  nodes: network.nodes.map((node, i) => ({ ...node, name: `other.${network.nodes.length - i}` })),
});

describe("text and JSON", () => {
  it("are what the documentation shows", () => {
    const b = new NetworkBuilder();
    const network = deploy(b.build(b.conv2d(b.input([1, 3, 8, 8]), 4, 3)), { format: "float16", weightFormat: "int8" });
    expect(formatNetwork(network)).toBe(
      "input = input(shape=[1,3,8,8]) : float16[1,3,8,8]\n" +
        "conv2d_1 = conv2d(input, outChannels=4, kernel=[3,3], stride=[1,1], dilation=[1,1], padding=[1,1,1,1], groups=1, bias=false)" +
        " : float16[1,4,8,8] weights=int8\n" +
        "return conv2d_1\n",
    );
    expect(networkToJson(network)).toMatchObject({ format: "archwright-network", version: 1, outputs: ["conv2d_1"] });
  });

  it("read back to the same network, deployed or not, and the network verifies", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const network = randomNetwork(createRng(seed));
        for (const one of [network, deploy(network, { format: "int8", weightFormat: "int4" })]) {
          verifyNetwork(one);
          expect(parseNetwork(formatNetwork(one))).toEqual(one);
          expect(networkFromJson(JSON.parse(JSON.stringify(networkToJson(one))))).toEqual(one);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["a transformer", transformerEncoder],
    ["ResNet-50", resnet50],
    ["MobileNetV2", mobilenetV2],
    ["every other operator", oddments],
  ])("hold %s", (_, build) => {
    const network = build();
    verifyNetwork(network);
    expect(parseNetwork(formatNetwork(network))).toEqual(network);
    expect(networkFromJson(networkToJson(network))).toEqual(network);
  });
});

describe("networkHash", () => {
  it("does not depend on names, but on everything else", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const network = randomNetwork(createRng(seed));
        const hash = networkHash(network);
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
        expect(networkHash(renamed(network))).toBe(hash);
        expect(networkHash(parseNetwork(formatNetwork(network)))).toBe(hash);
        expect(networkHash({ ...network, outputs: [0] })).not.toBe(hash);
        expect(networkHash(deploy(network, { format: "int8" }))).not.toBe(hash);
      }),
      { numRuns: 30 },
    );
  });

  it("sees attributes and weight formats, but not the weight format of a node without weights", () => {
    const withConv = (bias: boolean, format: "int8" | "float32", activationFormat: "int8" | "float32") => {
      const b = new NetworkBuilder();
      const network = b.build(b.activation(b.conv2d(b.input([1, 3, 8, 8]), 4, 3, { bias }), "relu"));
      const formats = ["float32", format, activationFormat] as const;
      return networkHash({ ...network, nodes: network.nodes.map((node, i) => ({ ...node, weightFormat: formats[i] ?? "float32" })) });
    };
    expect(withConv(false, "float32", "float32")).not.toBe(withConv(true, "float32", "float32"));
    expect(withConv(false, "float32", "float32")).not.toBe(withConv(false, "int8", "float32"));
    expect(withConv(false, "float32", "float32")).toBe(withConv(false, "float32", "int8"));
  });
});

describe("parseNetwork", () => {
  const good = "x = input(shape=[1,4]) : float32[1,4]\ny = activation(x, fn=relu) : float32[1,4]\nreturn y\n";
  it.each<[string, string, string]>([
    ["fn=relu", "fn=rellu", "net:2: activation: fn"],
    ["fn=relu", "fnn=relu", "net:2: activation"],
    ["activation(", "activaton(", "write instead: activation"],
    ["(x,", "(z,", "net:2: 'z' is not an earlier node"],
    ["float32[1,4]\nreturn", "float23[1,4]\nreturn", "write instead: float32"],
    ["float32[1,4]\nreturn", "float32[1,5]\nreturn", "net:2: node 'y': states float32[1,5], but activation gives float32[1,4]"],
    ["return y\n", "", "net: the last line is missing"],
    ["return y", "return y\nreturn x", "net:4: there is something after the outputs"],
    ["return y", "give y", "net:3: 'give y' is no line of a network"],
    [
      "y = activation(x, fn=relu) : float32[1,4]\nreturn y",
      "x = activation(x, fn=relu) : float32[1,4]\nreturn x",
      "net:2: node 'x': two nodes",
    ],
    ["y = activation(x, fn=relu)", "y = dense(x, outFeatures=4.5, bias=true)", "net:2: dense: outFeatures"],
  ])("refuses '%s' → '%s' and says where", (from, to, message) => {
    expect(parseNetwork(good).nodes).toHaveLength(2);
    expect(() => parseNetwork(good.replace(from, to), "net")).toThrow(InputError);
    expect(() => parseNetwork(good.replace(from, to), "net")).toThrow(message);
  });
});

describe("networkFromJson", () => {
  it("refuses what is no network and says where", () => {
    const json = networkToJson(randomNetwork(createRng(1))) as { nodes: Record<string, unknown>[] };
    expect(() => networkFromJson({ ...json, version: 2 })).toThrow("version");
    expect(() => networkFromJson({ ...json, extra: 1 })).toThrow(InputError);
    expect(() => networkFromJson({ ...json, outputs: ["nobody"] })).toThrow("'nobody'");
    expect(() => networkFromJson({ ...json, nodes: [{ ...json.nodes[0], op: { kind: "magic" } }] })).toThrow("nodes.0.op");
    expect(() => networkFromJson({ ...json, outputs: [] })).toThrow("the network has no output");
    expect(() => networkFromJson(null)).toThrow(InputError);
  });
});
