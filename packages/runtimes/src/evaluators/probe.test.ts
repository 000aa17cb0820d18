import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, createSpace, type Network, NetworkBuilder, type ProbeSpec, resolveSpaceSpec, type Task } from "@archwright/core";
import { evaluatorConformance } from "@archwright/core/testing";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../datasets/fixtures.ts";
import { datasetShape, loadDataset } from "../datasets/index.ts";
import { exportOnnx } from "../onnx/exportModel.ts";
import { GraphBuilder } from "../onnx/graphBuilder.ts";
import { initialWeights } from "../training/initialise.ts";
import { readBackbone, readFrozenWeights } from "./probe/backbone.ts";
import { renormalised } from "./probe/renormalised.ts";
import { createProbeEvaluator } from "./probe.ts";

const limits = { trialTimeMs: 60_000, trialMemoryBytes: 2 ** 31 };
const dataset = { kind: "digits", limit: 150 } as const;

/** Convolutions with normalisation and a shortcut, then dense layers of which one is square. */
function network(): Network {
  const b = new NetworkBuilder();
  const stem = b.activation(b.batchNorm(b.conv2d(b.input([1, 1, 12, 12]), 16, 3)), "relu");
  const block = b.activation(b.batchNorm(b.depthwise(stem, 3)), "relu6");
  const last = b.activation(b.conv2d(b.binary("add", stem, block), 32, 3, { stride: 2, bias: true }), "hard-swish");
  return b.build(b.dense(b.dense(b.globalAveragePool(last), 32), 32));
}

const modelBytes = () => exportOnnx(network(), initialWeights(network(), createRng("backbone")));

/** The backbone of a folder of its own, and the evaluator of its space on the digits. */
async function open(changes: Partial<ProbeSpec> = {}, options: object = {}) {
  const file = join(temporaryFolder(), "model.onnx");
  writeFileSync(file, modelBytes());
  const { contentHash: datasetHash, input, ...shape } = await datasetShape(dataset);
  const task: Task = { kind: "image-classification", ...shape };
  const { network: backbone, contentHash } = readBackbone(file, task);
  const space = createSpace(resolveSpaceSpec({ name: "backbone", model: file, network: backbone, ...options }, task), task);
  const spec: ProbeSpec = { kind: "probe", dataset, datasetHash, input, backbone: { file, contentHash }, ...changes };
  return { space, task, evaluator: await createProbeEvaluator({ space, task, spec, limits }) };
}

const texts = async ({ space }: Awaited<ReturnType<typeof open>>) => [...space.enumerate()].map(space.format);

evaluatorConformance("probe", async () => {
  const opened = await open();
  return { evaluator: opened.evaluator, architecture: (await texts(opened))[0] as string, seedless: true };
});

describe("a linear probe", () => {
  it("tells digits apart by random features, in every place, and its weights give the accuracy of its test", async () => {
    const { evaluator, space, task, ...rest } = await open();
    const all = await texts({ evaluator, space, task, ...rest });
    expect(all).toHaveLength(3 * 2 * 2);
    const scores = new Map<string, number>();
    for (const architecture of all) {
      const { score, weights = new Float32Array() } = await evaluator.evaluate(architecture, { epochs: 0 }, 0);
      scores.set(architecture, score);
      const tested = (await evaluator.test?.(architecture, weights)) as number;
      // Ten classes; of 150 images and as many for validation one in ten is about 3 standard errors below the worst.
      expect(Math.min(score, tested)).toBeGreaterThan(15);
    }
    // Where the strokes lie tells more than how much there is of them.
    const mean = (grid: string) => all.filter((text) => text.endsWith(grid)).reduce((sum, text) => sum + (scores.get(text) ?? 0), 0) / 6;
    expect(mean("g2")).toBeGreaterThan(mean("g1"));
  });

  it("resizes images to what a candidate takes, also for its test", async () => {
    const { evaluator, space } = await open({}, { pooling: "average", grid: 2, resolution: [8, 20] });
    const text = [...space.enumerate()].map(space.format).find((one) => one.endsWith("in20")) as string;
    const { score, weights = new Float32Array() } = await evaluator.evaluate(text, { epochs: 0 }, 0);
    expect(Math.min(score, (await evaluator.test?.(text, weights)) as number)).toBeGreaterThan(50);
  });

  it("refuses a model that was changed since", async () => {
    await expect(open({ backbone: { file: join(temporaryFolder(), "gone.onnx"), contentHash: "" } })).rejects.toThrow("cannot be read");
    const file = join(temporaryFolder(), "other.onnx");
    writeFileSync(file, modelBytes());
    await expect(open({ backbone: { file, contentHash: "0" } })).rejects.toThrow("not the one that the search began with");
  });

  it("gives the backbone images with the normalisation that is asked for", async () => {
    const data = await loadDataset(dataset);
    const { train, mean, std } = data;
    const [own, pixels] = [new Float32Array(64), new Float32Array(66)];
    train.copyImage(3, own, 0);
    renormalised(train, data, { mean: [0], std: [1] }).copyImage(3, pixels, 2);
    own.forEach((value, i) => {
      expect(pixels[i + 2]).toBeCloseTo(value * (std[0] as number) + (mean[0] as number), 5);
    });
  });
});

/** A 1×1 convolution, its mean, and a square matrix behind it, written in a form of the exporters'. */
function modelWith(matrix: (g: GraphBuilder, x: string, weight: string) => string): Uint8Array {
  const rng = createRng("matrix");
  const floats = (count: number) => Float32Array.from({ length: count }, () => rng.normal());
  const g = new GraphBuilder();
  const image = g.op("Conv", [
    g.input("image", ["batch", 1, "height", "width"]),
    g.initializer(floats(4), [4, 1, 1, 1], "float32", "conv"),
  ]);
  const pooled = g.op("Flatten", [g.op("GlobalAveragePool", [g.op("Relu", [image])])]);
  g.output(matrix(g, pooled, g.initializer(floats(16), [4, 4], "float32", "fc.weight")), "y", ["batch", 4]);
  return g.encode({ name: "model" });
}

describe("the weights of a model", () => {
  const task: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };
  const read = (model: Uint8Array) => readFrozenWeights(model, "model.onnx", task);

  it("are those of its network, in whichever order a matrix is kept", async () => {
    const straight = await read(modelWith((g, x, weight) => g.op("MatMul", [x, weight])));
    const turned = await read(modelWith((g, x, weight) => g.op("Gemm", [x, weight], { transB: 1 })));
    const matrices = [straight, turned].map((weights) => [...weights].find(([name]) => !name.startsWith("Conv"))?.[1] as Float32Array);
    const [plain, transposed] = matrices as [Float32Array, Float32Array];
    expect(transposed).toEqual(plain.map((_, i) => plain[(i % 4) * 4 + Math.floor(i / 4)] as number));
  });

  it("are refused where the network read with them computes something else", async () => {
    const model = modelWith((g, x, weight) => g.op("MatMul", [x, g.op("Transpose", [weight], { perm: [1, 0] })]));
    await expect(read(model)).rejects.toThrow(/for a random image where the model itself gives/);
  });

  it("are refused where they are no float32, and models that take no images", async () => {
    const g = new GraphBuilder();
    g.output(g.op("Relu", [g.input("x", ["batch", 3])]), "y", ["batch", 3]);
    await expect(read(g.encode({ name: "flat" }))).rejects.toThrow(/the model takes float32 \[1, 3\]/);
  });
});
