import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type InterpretOptions, interpret } from "../../testing/networks/interpret.ts";
import { randomNetwork, randomParameters } from "../../testing/networks/randomNetwork.ts";
import { mobilenetV1, mobilenetV2, resnet50 } from "../../testing/networks/referenceNetworks.ts";
import { withBatch } from "../batch.ts";
import { NetworkBuilder } from "../builder.ts";
import { elementCount, formatType } from "../format.ts";
import type { Network } from "../network.ts";
import { parameterLayout } from "../parameters.ts";
import { verifyNetwork } from "../verify.ts";
import { deploy, foldWeights } from "./deploy.ts";

const seeds = fc.integer({ min: 0, max: 1e9 });
const kinds = (network: Network) => network.nodes.map((node) => node.op.kind);

function randomInputs(seed: string, network: Network): Record<string, Float64Array> {
  const rng = createRng(seed);
  const inputs = network.nodes.filter((node) => node.op.kind === "input");
  return Object.fromEntries(
    inputs.map((node) => [node.name, Float64Array.from({ length: elementCount(node.output.shape) }, () => rng.normal())]),
  );
}

/** The largest difference of two lists of tensors, relative to the larger of 1 and the value. */
function difference(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  expect(a.map((values) => values.length)).toEqual(b.map((values) => values.length));
  return Math.max(
    ...a.flatMap((values, i) => [...values].map((value, j) => Math.abs(value - (b[i]?.[j] as number)) / Math.max(1, Math.abs(value)))),
  );
}

describe("deploy", () => {
  it("computes the same with folded weights", () => {
    let folded = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const network = randomNetwork(createRng(seed));
        const deployed = deploy(network);
        verifyNetwork(deployed);
        const parameters = randomParameters(createRng(`parameters/${seed}`), network);
        const inputs = randomInputs(`inputs/${seed}`, network);
        const expected = interpret(network, inputs, parameters);
        expect(difference(expected, interpret(deployed, inputs, foldWeights(network, deployed, parameters)))).toBeLessThan(1e-9);
        folded += Number(parameterLayout(deployed).length < parameterLayout(network).length);
      }),
      { numRuns: 120 },
    );
    expect(folded).toBeGreaterThan(60);
  });

  it("folds float32 weights into float32 weights", () => {
    const network = mobilenetV1(0.25, 32, 4);
    const deployed = deploy(network);
    const parameters = Float32Array.from(randomParameters(createRng(1), network));
    const inputs = randomInputs("images", network);
    const weights = foldWeights(network, deployed, parameters);
    expect(weights).toBeInstanceOf(Float32Array);
    expect(difference(interpret(network, inputs, parameters), interpret(deployed, inputs, weights))).toBeLessThan(1e-4);
  });

  it("leaves no batch normalisation in published networks and keeps the layers' names", () => {
    for (const network of [mobilenetV2(), resnet50()]) {
      const deployed = deploy(network);
      expect(kinds(deployed)).not.toContain("batchNorm");
      expect(deployed.nodes.map((node) => node.name)).toEqual(
        network.nodes.filter((node) => node.op.kind !== "batchNorm").map((node) => node.name),
      );
      expect(deployed.nodes.every((node) => node.op.kind !== "conv2d" || node.op.bias)).toBe(true);
    }
  });

  it("folds only where nothing else reads the layer's own output", () => {
    const b = new NetworkBuilder();
    const conv = b.conv2d(b.input([1, 3, 8, 8]), 4, 3);
    const norm = b.batchNorm(conv);
    expect(kinds(deploy(b.build(b.binary("add", conv, norm))))).toContain("batchNorm");
    expect(kinds(deploy(b.build(norm, conv)))).toContain("batchNorm");
    // A reader that no output needs does not count.
    b.activation(conv, "relu");
    expect(kinds(deploy(b.build(norm)))).toEqual(["input", "conv2d"]);
  });

  it("folds into dense layers only where their features are the channels", () => {
    const normalised = (...shape: number[]) => {
      const b = new NetworkBuilder();
      return kinds(deploy(b.build(b.batchNorm(b.dense(b.input(shape), 4)))));
    };
    expect(normalised(1, 3)).toEqual(["input", "dense"]);
    expect(normalised(1, 4, 3)).toEqual(["input", "dense", "batchNorm"]);
  });

  it("drops dead nodes and additions of zero, but no input", () => {
    const b = new NetworkBuilder();
    const x = b.input([1, 3, 8, 8]);
    b.input([1, 7], "unused");
    b.conv2d(x, 9, 3);
    const zero = b.constant([1, 3, 8, 8], 0);
    const y = b.binary("add", zero, b.activation(x, "relu"));
    // Broadcasting a zero changes the shape: it stays. So does subtracting from zero.
    const pooled = b.globalAveragePool(y, true);
    const wide = b.binary("add", pooled, zero);
    const network = b.build(b.binary("sub", zero, b.binary("add", y, wide)), y);
    const deployed = deploy(network);
    expect(kinds(deployed)).toEqual(["input", "input", "constant", "activation", "reduce", "binary", "binary", "binary"]);
    expect(deployed.nodes[deployed.outputs[1] as number]?.op.kind).toBe("activation");
    expect(kinds(deploy(b.build(y)))).toEqual(["input", "input", "activation"]);
    verifyNetwork(deployed);
  });

  it("gives every tensor of an image network the format, and every type is the inferred one", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const deployed = deploy(randomNetwork(createRng(seed)), { format: "int8" });
        verifyNetwork(deployed);
        expect(new Set(deployed.nodes.map((node) => node.output.format))).toEqual(new Set(["int8"]));
      }),
      { numRuns: 40 },
    );
  });

  it("replaces number formats, but for indices", () => {
    const b = new NetworkBuilder();
    const ids = b.input([1, 4], "ids");
    const whole = b.add({ kind: "cast", format: "int32" }, [ids]);
    const looked = b.add({ kind: "embedding", vocabulary: 1000, features: 6 }, [whole]);
    const positions = b.add({ kind: "parameter", shape: [1, 4, 6] }, [], "positions");
    const half = b.add({ kind: "cast", format: "float16" }, [b.dense(b.binary("add", looked, positions), 5)]);
    const deployed = deploy(b.build(half), { format: "int8", weightFormat: "int4" });
    verifyNetwork(deployed);
    expect(deployed.nodes.map((node) => `${node.op.kind} ${formatType(node.output)} ${node.weightFormat}`)).toEqual([
      "input float32[1,4] float32",
      "cast int32[1,4] float32",
      "embedding int8[1,4,6] int8",
      "parameter int8[1,4,6] int8",
      "binary int8[1,4,6] int4",
      "dense int8[1,4,5] int4",
    ]);
    expect(deploy(b.build(looked), { weightFormat: "int8" }).nodes.map((node) => formatType(node.output))).toEqual([
      "float32[1,4]",
      "int32[1,4]",
      "float32[1,4,6]",
    ]);
  });
});

describe("withBatch", () => {
  it("computes each sample as if it were alone", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const network = randomNetwork(createRng(seed));
        const batch = withBatch(network, 3);
        verifyNetwork(batch);
        expect(parameterLayout(batch)).toEqual(parameterLayout(network));
        expect(withBatch(batch, 1)).toEqual(network);
        const parameters = randomParameters(createRng(`parameters/${seed}`), network);
        const samples = [0, 1, 2].map((i) => randomInputs(`inputs/${seed}/${i}`, network).input as Float64Array);
        const together = interpret(batch, { input: samples.flatMap((sample) => [...sample]) }, parameters);
        const alone = samples.map((input) => interpret(network, { input }, parameters));
        const joined = network.outputs.map((output, i) => {
          // A constant's shape does not follow the batch, nor does what depends on constants only.
          const repeats = (batch.nodes[output]?.output.shape[0] as number) / (network.nodes[output]?.output.shape[0] as number);
          return Float64Array.from(alone.slice(0, repeats).flatMap((outputs) => [...(outputs[i] as Float64Array)]));
        });
        expect(difference(joined, together)).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it("normalises the batch as a whole while training", () => {
    const b = new NetworkBuilder();
    const network = withBatch(b.build(b.batchNorm(b.input([1, 1]), 0)), 2);
    const training: InterpretOptions = { training: true };
    expect([...(interpret(network, { input: [1, 3] }, [1, 0, 50, 1], training)[0] as Float64Array)]).toEqual([-1, 1]);
  });
});
