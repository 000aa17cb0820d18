import { createRng, type Rng } from "@archwright/core/base";
import { type Network, NetworkBuilder, type NodeIndex, parameterLayout, parameterVectorLength } from "@archwright/core/ir";
import { interpret, interpretNodes } from "@archwright/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atBatch } from "../onnx/batchSize.ts";
import { initialWeights } from "../training/initialise.ts";
import { liveOnly, withoutShortcuts } from "./live.ts";
import { activationKernel, naswot } from "./naswot.ts";
import { logSynflow, logSynflowOf } from "./synflow.ts";
import { zenScore } from "./zenScore.ts";

/** What a random network is put together from: each gives an image of the same size. */
const pieces: Readonly<Record<string, (b: NetworkBuilder, x: NodeIndex) => NodeIndex>> = {
  conv: (b, x) => b.conv2d(x, 3, 3),
  pointwise: (b, x) => b.conv2d(x, 2, 1, { bias: true }),
  depthwise: (b, x) => b.depthwise(x, 3),
  relu: (b, x) => b.activation(x, "relu"),
  average: (b, x) => b.pool2d("average", x, 3, { stride: 1, padding: 1 }),
  max: (b, x) => b.pool2d("max", x, 3, { stride: 1, padding: 1 }),
  residual: (b, x) => b.binary("add", b.activation(b.conv2d(x, b.shape(x)[1] as number, 3), "relu"), x),
  branches: (b, x) => b.concat([b.activation(b.conv2d(x, 2, 1), "relu"), b.conv2d(x, 1, 3)]),
};
const norm = (b: NetworkBuilder, x: NodeIndex) => b.batchNorm(x);

function networkOf(names: readonly string[], batch: number, more: typeof pieces = {}): Network {
  const b = new NetworkBuilder();
  let x = b.input([batch, 2, 4, 4]);
  for (const name of names) x = (pieces[name] ?? more[name] ?? norm)(b, x);
  return b.build(b.dense(b.globalAveragePool(x), 3));
}
const someNames = (extra: readonly string[] = []) =>
  fc.array(fc.constantFrom(...Object.keys(pieces), ...extra), { minLength: 1, maxLength: 5 });
const normals = (count: number, rng: Rng) => Float32Array.from({ length: count }, () => rng.normal());

describe("NASWOT", () => {
  it("counts for each pair of images the rectified units that agree, as the interpreter's signs say", async () => {
    await fc.assert(
      fc.asyncProperty(someNames(["norm"]), fc.nat(), async (names, seed) => {
        const batch = 3;
        const network = networkOf(names, batch);
        const images = normals(batch * 32, createRng(seed));
        const kernel = await activationKernel(network, images, batch, createRng(seed));
        const weights = initialWeights(network, createRng(seed).fork("weights"));
        const tensors = interpretNodes(network, { input: images }, weights, { training: true });
        const counts = new Float32Array(batch * batch);
        for (const { op, inputs } of network.nodes) {
          if (op.kind !== "activation") continue;
          const before = tensors[inputs[0] as number]?.values as Float64Array;
          // Numbers so near 0 may differ in sign between float32 and float64.
          fc.pre(before.every((value) => value === 0 || Math.abs(value) > 1e-5));
          const units = before.length / batch;
          for (let i = 0; i < batch; i++)
            for (let j = 0; j < batch; j++)
              for (let unit = 0; unit < units; unit++)
                if ((before[i * units + unit] as number) > 0 === (before[j * units + unit] as number) > 0)
                  counts[i * batch + j] = (counts[i * batch + j] as number) + 1;
        }
        expect(kernel).toEqual(counts);
      }),
      { numRuns: 25 },
    );
  });

  it("is the logarithm of the kernel's determinant, here by Leibniz's formula", async () => {
    const network = networkOf(["conv", "norm", "relu", "conv", "relu"], 3);
    const images = normals(3 * 32, createRng("determinant"));
    const [a, b, c, d, e, f, g, h, i] = (await activationKernel(network, images, 3, createRng(0))) as unknown as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    expect(determinant).toBeGreaterThan(0);
    expect(await naswot(network, images, 3, createRng(0))).toBeCloseTo(Math.log(determinant), 8);
  });

  it("is −∞ where two images are the same, and without rectified units", async () => {
    const image = normals(32, createRng(1));
    const twice = Float32Array.of(...image, ...image);
    expect(await naswot(networkOf(["conv", "relu"], 2), twice, 2, createRng(0))).toBe(Number.NEGATIVE_INFINITY);
    const different = normals(64, createRng(2));
    expect(await naswot(networkOf(["conv"], 2), different, 2, createRng(0))).toBe(Number.NEGATIVE_INFINITY);
  });
});

/** Σ |θ · ∂R/∂θ| over weights, one by one: with all else fixed R is linear in each, but where the largest of a window changes. */
function synflowByDifferences(network: Network, weights: Float32Array): number {
  const slots = parameterLayout(network);
  const isWeight = new Set(
    slots.filter(({ spec }) => spec.role === "weight").flatMap(({ offset, size }) => [...Array(size).keys()].map((i) => offset + i)),
  );
  const absolute = Float64Array.from(weights, (value, i) => (isWeight.has(i) ? Math.abs(value) : 0));
  const total = (values: Float64Array) => {
    const [output] = interpret(network, { input: new Float64Array(32).fill(1) }, values) as [Float64Array];
    return output.reduce((a, b) => a + b, 0);
  };
  let sum = 0;
  for (const place of isWeight) {
    const step = 1e-6 * (absolute[place] as number);
    const moved = (by: number) => total(absolute.map((value, i) => (i === place ? value + by : value)));
    sum += Math.abs(((absolute[place] as number) * (moved(step) - moved(-step))) / (2 * step));
  }
  return sum;
}

describe("SynFlow", () => {
  it("of two linear layers is twice the sum of the products along their paths", async () => {
    const b = new NetworkBuilder();
    const network = b.build(b.dense(b.dense(b.input([1, 2]), 2, { bias: false }), 1, { bias: false }));
    // [inputs, outputs]: |1·5| + |2·6| + |3·5| + |4·6| = 56.
    expect(await logSynflowOf(network, Float32Array.of(1, -2, -3, 4, 5, -6))).toBeCloseTo(Math.log(2 * 56), 6);
  });

  it("is its definition, by differences of the float64 interpreter", async () => {
    await fc.assert(
      fc.asyncProperty(someNames(), fc.nat(), async (names, seed) => {
        const network = networkOf(names, 1);
        const weights = normals(parameterVectorLength(network), createRng(seed));
        const found = await logSynflowOf(network, weights);
        expect(found).toBeCloseTo(Math.log(synflowByDifferences(network, weights)), 4);
      }),
      { numRuns: process.env.MODE === "full" ? 50 : 8 },
    );
  });

  it("stays finite where its value is far beyond float32: 80 layers by 2 channels of weight 1000", async () => {
    const b = new NetworkBuilder();
    let x = b.input([1, 2, 2, 2]);
    for (let layer = 0; layer < 80; layer++) x = b.activation(b.batchNorm(b.conv2d(x, 2, 1)), "relu6");
    const network = b.build(b.dense(b.globalAveragePool(x), 1));
    const weights = new Float32Array(parameterVectorLength(network)).fill(1000);
    expect(await logSynflowOf(network, weights)).toBeCloseTo(81 * Math.log(2000) + Math.log(81), 2);
  });

  it("looks through normalisations, activations and open gates, and forgets what leads nowhere", async () => {
    const plain = networkOf(["conv", "conv"], 1);
    const dressed = (() => {
      const b = new NetworkBuilder();
      let x = b.activation(b.batchNorm(b.conv2d(b.input([1, 2, 4, 4]), 3, 3)), "relu6");
      b.conv2d(x, 5, 1);
      x = b.activation(b.conv2d(x, 3, 3), "hard-swish");
      const gate = b.activation(b.globalAveragePool(x, true), "hard-sigmoid");
      return b.build(b.dense(b.globalAveragePool(b.binary("mul", x, gate)), 3));
    })();
    expect(await logSynflow(dressed, createRng("dressed"))).toBeCloseTo(await logSynflow(plain, createRng("dressed")), 5);
  });

  it("is −∞ without a path, and refused for operators that it says nothing of", async () => {
    const b = new NetworkBuilder();
    const x = b.input([1, 2, 2, 2]);
    const dead = b.build(b.dense(b.globalAveragePool(b.binary("mul", x, b.constant([1, 2, 2, 2], 0))), 2));
    expect(await logSynflow(dead, createRng(0))).toBe(Number.NEGATIVE_INFINITY);
    const c = new NetworkBuilder();
    const y = c.input([1, 2, 2, 2]);
    const difference = c.build(c.dense(c.globalAveragePool(c.binary("sub", y, c.conv2d(y, 2, 1))), 2));
    await expect(logSynflow(difference, createRng(0))).rejects.toThrow(/binary sub[\s\S]*expected: convolutions/);
  });
});

describe("Zen-score", () => {
  it("is algorithm 1 of the paper, computed by the float64 interpreter", async () => {
    const batch = 4;
    const step = 0.01;
    const b = new NetworkBuilder();
    const x = b.input([batch, 2, 4, 4]);
    const first = b.activation(b.batchNorm(b.conv2d(x, 3, 3)), "relu");
    const features = b.activation(b.batchNorm(b.conv2d(first, 3, 3)), "relu");
    // The shortcut is left out by the paper.
    const network = b.build(b.dense(b.globalAveragePool(b.binary("add", first, features)), 3));
    const rng = createRng("zen").fork("zen 0");
    const [draw, images, steps] = [rng.fork("weights"), normals(batch * 32, rng.fork("images")), normals(batch * 32, rng.fork("steps"))];
    const weights = new Float64Array(parameterVectorLength(network));
    for (const { spec, offset, size } of parameterLayout(network)) {
      if (spec.role === "weight") for (let i = offset; i < offset + size; i++) weights[i] = draw.normal();
      else if (spec.role === "scale" || spec.role === "variance") weights.fill(1, offset, offset + size);
    }
    const at = (input: Float32Array) => interpretNodes(network, { input }, weights, { training: true });
    const [here, there] = [at(images), at(images.map((value, i) => value + step * (steps[i] as number)))];
    const valuesOf = (tensors: typeof here, node: NodeIndex) => tensors[node]?.values as Float64Array;
    let distance = 0;
    for (let image = 0; image < batch; image++) {
      const part = (tensors: typeof here) => valuesOf(tensors, features).subarray(image * 48, (image + 1) * 48);
      distance += Math.hypot(...part(here).map((value, i) => value - (part(there)[i] as number))) / batch;
    }
    let expected = Math.log(distance);
    network.nodes.forEach(({ op, inputs }) => {
      if (op.kind !== "batchNorm") return;
      const values = valuesOf(here, inputs[0] as number);
      const variances = [0, 1, 2].map((channel) => {
        const own = values.filter((_, i) => Math.floor(i / 16) % 3 === channel);
        const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
        return own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length;
      });
      expected += Math.log(variances.reduce((sum, value) => sum + value, 0) / 3) / 2;
    });
    expect(await zenScore(network, createRng("zen"), { batch, step, repeats: 1 })).toBeCloseTo(expected, 3);
  });

  it("is −∞ where nothing depends on the image", async () => {
    const b = new NetworkBuilder();
    const x = b.input([1, 2, 4, 4]);
    const network = b.build(b.dense(b.globalAveragePool(b.conv2d(b.binary("mul", x, b.constant([1, 2, 4, 4], 0)), 2, 3)), 2));
    expect(await zenScore(network, createRng(0))).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("networks made smaller", () => {
  it("compute the same without what is dead", () => {
    const b = new NetworkBuilder();
    const x = b.input([1, 2, 4, 4]);
    b.conv2d(x, 7, 3);
    const network = b.build(b.dense(b.globalAveragePool(b.conv2d(x, 3, 3)), 3));
    const small = liveOnly(network);
    expect(small.nodes.length).toBe(network.nodes.length - 1);
    const weights = normals(parameterVectorLength(small), createRng(0));
    const all = [...new Float32Array(7 * 2 * 9), ...weights];
    const input = normals(32, createRng(1));
    expect(interpret(small, { input }, weights)).toEqual(interpret(network, { input }, all));
  });

  it("have no identity shortcuts and keep sums of branches", () => {
    const b = new NetworkBuilder();
    const x = b.input([1, 2, 4, 4]);
    const sum = b.binary("add", b.conv2d(x, 3, 3), b.conv2d(x, 3, 1));
    const network = b.build(b.globalAveragePool(b.binary("add", b.conv2d(sum, 3, 3), sum)));
    const kinds = withoutShortcuts(atBatch(network, 1)).nodes.map(({ op }) => op.kind);
    expect(kinds).toEqual(["input", "conv2d", "conv2d", "binary", "conv2d", "reduce"]);
  });
});
