import { createRng } from "@archwright/core/base";
import { elementCount, type Network, NetworkBuilder, type OperatorKind } from "@archwright/core/ir";
import { interpret } from "@archwright/core/testing";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { onlyInput, onlyOutput } from "./batchSize.ts";
import { type ExportOptions, exportOnnx } from "./exportModel.ts";
import { caseNumbers, operatorCases } from "./operatorCases.ts";
import { decodeModel, type TensorProto } from "./proto.ts";

async function run(model: Uint8Array, values: Float32Array, shape: readonly number[]): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    return (await session.run({ input: new ort.Tensor("float32", values, shape) })).output as ort.Tensor;
  } finally {
    await session.release();
  }
}

/** Largest difference, in units of the largest expected number or 1. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [largest, scale] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(distance <= largest)) largest = distance;
    scale = Math.max(scale, Math.abs(expected[i] as number));
  }
  return largest / scale;
}

const cases = operatorCases();

describe("exportOnnx agrees with the interpreter", () => {
  it("has a case for every operator kind", () => {
    // An opaque operator cannot be exported.
    const kinds: Record<Exclude<OperatorKind, "opaque">, true> = {
      input: true,
      constant: true,
      parameter: true,
      conv2d: true,
      dense: true,
      matmul: true,
      binary: true,
      activation: true,
      concat: true,
      pool2d: true,
      reduce: true,
      batchNorm: true,
      layerNorm: true,
      rmsNorm: true,
      groupNorm: true,
      softmax: true,
      embedding: true,
      reshape: true,
      transpose: true,
      slice: true,
      cast: true,
      pad: true,
    };
    expect(new Set(cases.map((one) => one.kind))).toEqual(new Set(Object.keys(kinds)));
  });

  it.each(cases.map((one) => [`${one.kind}: ${one.name}`, one] as const))("%s", async (_name, one) => {
    const { weights, input } = caseNumbers(one, createRng(one.name));
    const { shape } = onlyInput(one.network).output;
    const [expected] = interpret(one.network, { input }, weights) as [Float64Array];
    const output = await run(exportOnnx(one.network, weights), input, shape);
    expect(output.dims).toEqual([...onlyOutput(one.network).output.shape]);
    expect(difference(output.data as Float32Array, expected)).toBeLessThan(2e-6);

    // The same examples twice over: at a dynamic and at a fixed batch.
    const batch = 2 * (shape[0] as number);
    const twice = [batch, ...shape.slice(1)];
    const doubled = Float32Array.from({ length: elementCount(twice) }, (_, i) => input[i % input.length] as number);
    for (const option of ["dynamic", batch] as const) {
      const both = (await run(exportOnnx(one.network, weights, { batch: option }), doubled, twice)).data as Float32Array;
      expect(difference(both, [...expected, ...expected])).toBeLessThan(2e-6);
    }
  });
});

function classifier(): Network {
  const b = new NetworkBuilder();
  const x = b.activation(b.batchNorm(b.conv2d(b.input([1, 3, 4, 4]), 5, 3)), "relu6");
  return b.build(b.dense(b.globalAveragePool(x), 4));
}

describe("exportOnnx", () => {
  const network = classifier();
  const one = { kind: "dense", name: "classifier", network } as const;
  const { weights, input } = caseNumbers(one, createRng(1));
  const export_ = (options: ExportOptions) => exportOnnx(network, weights, options);

  it("takes raw pixels where preprocessing is embedded", async () => {
    const [mean, std] = [
      [0.5, 0.2, 0.1],
      [0.3, 2, 1],
    ];
    const channel = (i: number) => Math.floor(i / 16) % 3;
    const raw = input.map((value, i) => value * (std[channel(i)] as number) + (mean[channel(i)] as number));
    const output = await run(export_({ preprocessing: { mean, std } }), raw, [1, 3, 4, 4]);
    expect(difference(output.data as Float32Array, interpret(network, { input }, weights)[0] as Float64Array)).toBeLessThan(2e-6);
    expect(() => export_({ preprocessing: { mean: [0], std: [1] } })).toThrow("3 channels");
  });

  it("gives probabilities if asked to", async () => {
    const logits = interpret(network, { input }, weights)[0] as Float64Array;
    const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
    const output = await run(export_({ softmax: true }), input, [1, 3, 4, 4]);
    expect(
      difference(
        output.data as Float32Array,
        logits.map((value) => Math.exp(value) / total),
      ),
    ).toBeLessThan(2e-6);
  });

  it("writes a model that reads back: names, shapes, weights, metadata", () => {
    const model = decodeModel(export_({ metadata: { architecture: "toy" } }));
    expect(model.opsetImport).toEqual([{ version: 17 }]);
    expect(model.metadataProps).toEqual([{ key: "architecture", value: "toy" }]);
    expect(model.graph?.input).toMatchObject([{ name: "input", type: { tensorType: { elemType: 1 } } }]);
    expect(model.graph?.input?.[0]?.type?.tensorType?.shape?.dim).toEqual([
      { dimParam: "batch" },
      { dimValue: 3 },
      { dimValue: 4 },
      { dimValue: 4 },
    ]);
    const filter = model.graph?.initializer?.find((tensor) => tensor.name === "conv2d_1.weight") as TensorProto;
    expect(filter.dims).toEqual([5, 3, 3, 3]);
    expect(new Float32Array(Uint8Array.from(filter.rawData ?? []).buffer)).toEqual(weights.slice(0, 135));
    expect(model.graph?.node?.map((node) => node.opType)).toContain("BatchNormalization");
  });

  it("refuses weights that do not fit, and a free batch size where examples mix", () => {
    expect(() => exportOnnx(network, weights.subarray(1))).toThrow(`${weights.length - 1} weights for a network with ${weights.length}`);
    const b = new NetworkBuilder();
    const mixing = b.build(b.add({ kind: "softmax", axis: 0 }, [b.input([2, 3])]));
    expect(() => exportOnnx(mixing, new Float32Array(0))).toThrow("batch");
    expect(() => exportOnnx(mixing, new Float32Array(0), { batch: 2 })).not.toThrow();
  });
});
