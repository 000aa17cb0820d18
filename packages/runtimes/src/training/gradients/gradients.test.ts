import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng, type Rng } from "@archwright/core/base";
import { isTrainable, NetworkBuilder, parameterLayout } from "@archwright/core/ir";
import { createSpace, parseSpaceYaml } from "@archwright/core/spaces";
import { interpret, interpretNodes } from "@archwright/core/testing";
import type { Tensor } from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { atBatch, onlyInput, onlyOutput } from "../../onnx/batchSize.ts";
import { GraphBuilder } from "../../onnx/graphBuilder.ts";
import { caseNumbers, type OperatorCase, operatorCases } from "../../onnx/operatorCases.ts";
import { chooseEngine, engineLoaders, openEngine } from "../../onnxruntime.ts";
import { channelBlock } from "../blocked.ts";
import { compileStep } from "../compileStep.ts";
import { initialWeights } from "../initialise.ts";
import type { OptimiserSettings } from "../optimisers.ts";
import { TensorOps } from "../tensorOps.ts";
import { differentiate } from "./differentiate.ts";
import { layoutCases } from "./layoutCases.fixture.ts";

const native = await openEngine();
const webAssembly = await chooseEngine({ ...engineLoaders, "onnxruntime-node": () => Promise.reject(new Error("absent")) });

/** Loss Σ probe·output and its gradient, by the compiled graph. */
async function compiled(
  { network }: OperatorCase,
  weights: Float32Array,
  input: Float32Array,
  probe: Float32Array,
  block = 0,
  engine = native,
) {
  const graph = new GraphBuilder();
  const [shape, outputShape] = [onlyInput(network).output.shape, onlyOutput(network).output.shape];
  const tensor = (name: string, dims: readonly number[]) => ({ name: graph.input(name, dims), shape: dims });
  const [x, w, p] = [tensor("input", shape), tensor("weights", [weights.length]), tensor("probe", outputShape)];
  const result = differentiate(new TensorOps(graph, block), {
    network,
    weights: w,
    inputs: [x],
    lossOf: (ops, output) => {
      const axes = outputShape.map((_, axis) => axis);
      return { loss: ops.sum(ops.mul(output, p), axes), gradient: p };
    },
  });
  graph.output(result.loss.name, "loss", []);
  graph.output(result.gradient.name, "gradient", [Math.max(1, weights.length)]);
  const session = await engine.createSession(graph.encode({ name: "test" }), 1);
  try {
    const feed = (values: Float32Array, dims: readonly number[]) => new engine.Tensor("float32", values, dims);
    const feeds = { input: feed(input, shape), weights: feed(weights, [weights.length]), probe: feed(probe, outputShape) };
    const { loss, gradient } = (await session.run(feeds)) as Record<"loss" | "gradient", Tensor>;
    return { loss: (loss.data as Float32Array)[0] as number, gradient: gradient.data as Float32Array };
  } finally {
    await session.release();
  }
}

/** Up to `count` places, spread over a range. */
const spread = (offset: number, size: number, count: number) =>
  Array.from({ length: Math.min(count, size) }, (_, i) => offset + Math.floor((i * size) / Math.min(count, size)));

describe("gradients agree with central differences of the float64 interpreter", () => {
  it.each(operatorCases().map((one) => [`${one.kind}: ${one.name}`, one] as const))("%s", async (_name, one) => {
    const rng = createRng(`gradient ${one.name}`);
    const { weights, input } = caseNumbers(one, rng);
    const { shape } = onlyOutput(one.network).output;
    const probe = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
    const lossOf = (parameters: ArrayLike<number>) => {
      const [output] = interpret(one.network, { input }, parameters, { training: true }) as [Float64Array];
      return output.reduce((sum, value, i) => sum + value * (probe[i] as number), 0);
    };
    const { loss, gradient } = await compiled(one, weights, input, probe);
    expect(Math.abs(loss - lossOf(weights))).toBeLessThan(1e-5 * (1 + Math.abs(loss) + probe.length));

    const size = Math.hypot(...gradient) / Math.sqrt(gradient.length);
    const block = await channelBlock();
    const blocked = block === 0 ? { loss, gradient } : await compiled(one, weights, input, probe, block);
    expect(Math.abs(blocked.loss - loss)).toBeLessThan(1e-5 * (1 + Math.abs(loss) + probe.length));
    for (const [i, value] of gradient.entries()) expect(Math.abs((blocked.gradient[i] as number) - value)).toBeLessThan(1e-5 * (1 + size));
    const wasm = await compiled(one, weights, input, probe, 0, webAssembly);
    expect(Math.abs(wasm.loss - loss)).toBeLessThan(1e-5 * (1 + Math.abs(loss) + probe.length));
    for (const [i, value] of gradient.entries()) expect(Math.abs((wasm.gradient[i] as number) - value)).toBeLessThan(1e-5 * (1 + size));
    const step = 1e-5;
    for (const slot of parameterLayout(one.network).filter(({ spec }) => isTrainable(spec))) {
      for (const place of spread(slot.offset, slot.size, 6)) {
        const moved = (by: number) => Float64Array.from(weights, (value, i) => (i === place ? value + by : value));
        const expected = (lossOf(moved(step)) - lossOf(moved(-step))) / (2 * step);
        const error = Math.abs((gradient[place] as number) - expected) / (Math.abs(expected) + size + 1e-3);
        expect(error, `${slot.name}[${place - slot.offset}]: ${gradient[place]} for ${expected}`).toBeLessThan(1e-4);
      }
    }
  });
});

/** The largest distance between two gradients, by parameter, over 1 and the mean size of the parameter's numbers. */
function distance({ network }: OperatorCase, own: Float32Array, other: Float32Array): number {
  const distances = parameterLayout(network).map(({ offset, size }) => {
    const [a, b] = [own, other].map((gradient) => gradient.subarray(offset, offset + size)) as [Float32Array, Float32Array];
    return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0) / (1 + Math.hypot(...a) / Math.sqrt(size));
  });
  return Math.max(...distances);
}

const norm = (vector: Float32Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

describe("gradients in the blocked layout are those in the plain one", () => {
  const randomProbe = (one: OperatorCase, rng: Rng) => {
    const { shape } = onlyOutput(one.network).output;
    return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  };

  it.each(layoutCases().map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const rng = createRng(`layout ${one.name}`);
    const { weights, input } = caseNumbers(one, rng);
    const probe = randomProbe(one, rng);
    const plain = await compiled(one, weights, input, probe);
    const blocked = await compiled(one, weights, input, probe, await channelBlock());
    expect(Math.abs(blocked.loss - plain.loss)).toBeLessThan(1e-5 * (1 + Math.abs(plain.loss) + probe.length));
    expect(distance(one, plain.gradient, blocked.gradient)).toBeLessThan(1e-4);
  });

  it("for random networks of a space with channels that fill no block and images that shrink to one pixel", async () => {
    const file = fileURLToPath(new URL("../../../../../configs/spaces/microcontroller.yaml", import.meta.url));
    const task = { kind: "image-classification", channels: 1, height: 14, width: 14, classes: 3 } as const;
    const space = createSpace(parseSpaceYaml(readFileSync(file, "utf8"), file), task);
    const rng = createRng("layouts of random networks");
    const block = (await channelBlock()) || 16;
    for (let i = 0; i < (process.env.MODE === "full" ? 300 : 60); i++) {
      const architecture = space.format(space.sample(rng));
      const network = atBatch(space.network(space.parse(architecture), task), 16);
      // What cannot be written as a graph throws; the numbers of a few are compared.
      compileStep(network, 4, { optimiser: "adam", momentum: 0 } as OptimiserSettings, block);
      if (i % 12 > 0) continue;
      const one: OperatorCase = { kind: "conv2d", name: architecture, network };
      const { input } = caseNumbers(one, rng);
      const weights = initialWeights(network, rng);
      const probe = randomProbe(one, rng);
      const [plain, blocked] = [
        await compiled(one, weights, input, probe),
        await compiled(one, weights, input, probe, await channelBlock()),
      ];
      // Errors of rounding grow from layer to layer; a wrong gradient is another one altogether.
      const difference = plain.gradient.map((value, k) => value - (blocked.gradient[k] as number));
      expect(norm(difference) / norm(plain.gradient), architecture).toBeLessThan(0.02);
    }
  });

  it("also where a channel's mean is hundreds of times its deviation, once the running mean has followed", async () => {
    const b = new NetworkBuilder();
    const normalised = b.batchNorm(b.conv2d(b.input([4, 8, 5, 5]), 16, 1));
    const one: OperatorCase = {
      kind: "batchNorm",
      name: "far from zero",
      network: b.build(b.conv2d(b.activation(normalised, "relu"), 8, 1)),
    };
    const rng = createRng(7);
    const { weights, input } = caseNumbers(one, rng);
    for (let i = 0; i < input.length; i++) input[i] = (input[i] as number) + 300;
    const convolved = interpretNodes(one.network, { input }, weights)[1]?.values as Float64Array;
    const mean = parameterLayout(one.network).find(({ spec }) => spec.role === "mean");
    for (let channel = 0; channel < 16; channel++) {
      const own = convolved.filter((_, i) => Math.floor(i / 25) % 16 === channel);
      weights[(mean?.offset ?? 0) + channel] = own.reduce((sum, value) => sum + value, 0) / own.length;
    }
    const probe = randomProbe(one, rng);
    const plain = await compiled(one, weights, input, probe);
    const blocked = await compiled(one, weights, input, probe, await channelBlock());
    // In float32 the two differ by .01 in the filter before, whose gradient is summed from terms 300 times as large; without the shift by 1.
    expect(distance(one, plain.gradient, blocked.gradient)).toBeLessThan(0.03);
  });
});

it.each([
  ["plain", 0],
  ["blocked", await channelBlock()],
])("equal largest numbers of overlapping windows share the gradient, in the %s layout", async (_name, block) => {
  const b = new NetworkBuilder();
  const x = b.add({ kind: "parameter", shape: [1, 16, 5, 5] }, [], "image");
  const image = b.conv2d(b.binary("add", b.input([1, 16, 5, 5]), x), 16, 1);
  const one: OperatorCase = { kind: "pool2d", name: "ties", network: b.build(b.pool2d("max", image, 3, { stride: 2, padding: 1 })) };
  const weights = new Float32Array(16 * 25 + 256);
  // The identity, so that the image is pooled as it is.
  for (let channel = 0; channel < 16; channel++) weights[16 * 25 + channel * 17] = 1;
  const probe = Float32Array.from({ length: 16 * 9 }, (_, i) => 1 + i);
  const { gradient } = await compiled(one, weights, new Float32Array(16 * 25).fill(-2), probe, block);
  const shares = gradient.subarray(0, 25);
  // Of 1, in the corner, four numbers are equal; in the middle nine share 5.
  expect(shares[0]).toBeCloseTo(1 / 4, 6);
  expect(shares[12]).toBeCloseTo(5 / 9, 6);
  expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(45, 4);
});

it("in place of a gradient, running statistics get their distance from the batch's", async () => {
  const b = new NetworkBuilder();
  const network = b.build(b.batchNorm(b.input([3, 2, 2, 2])));
  const one: OperatorCase = { kind: "batchNorm", name: "statistics", network };
  const { weights, input } = caseNumbers(one, createRng(2));
  const { gradient } = await compiled(one, weights, input, new Float32Array(24));
  const [values] = interpretNodes(network, { input }, weights).map((tensor) => tensor.values) as [Float64Array];
  for (const channel of [0, 1]) {
    const own = values.filter((_, i) => Math.floor(i / 4) % 2 === channel);
    const mean = own.reduce((sum, value) => sum + value, 0) / 12;
    const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 11;
    expect(gradient[4 + channel]).toBeCloseTo((weights[4 + channel] as number) - mean, 5);
    expect(gradient[6 + channel]).toBeCloseTo((weights[6 + channel] as number) - variance, 5);
  }
});
