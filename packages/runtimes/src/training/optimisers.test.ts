import { createRng } from "@archwright/core/base";
import { type Network, NetworkBuilder, parameterLayout } from "@archwright/core/ir";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../onnx/graphBuilder.ts";
import { momentCounts, type OptimiserSettings, optimise, type StepRates, statisticsMomentum, stepRates } from "./optimisers.ts";
import { type Tensor, TensorOps } from "./tensorOps.ts";

function network(): Network {
  const b = new NetworkBuilder();
  return b.build(b.dense(b.batchNorm(b.dense(b.input([1, 3]), 4)), 2));
}

const layout = parameterLayout(network());
const size = layout.reduce((sum, slot) => sum + slot.size, 0);
const roles = layout.flatMap((slot) => Array<string>(slot.size).fill(slot.spec.role));

/** The formulas of the papers, number by number, in float64. */
function oracle(
  settings: OptimiserSettings,
  weights: Float64Array,
  moments: Float64Array[],
  gradient: Float32Array,
  step: number,
  lr: number,
  wd: number,
) {
  const isStatistic = (i: number) => roles[i] === "mean" || roles[i] === "variance";
  const norm = Math.hypot(...gradient.filter((_, i) => !isStatistic(i)));
  const clip = settings.clipNorm === undefined ? 1 : Math.min(1, settings.clipNorm / norm);
  const [m, v] = moments as [Float64Array, Float64Array];
  for (let i = 0; i < size; i++) {
    if (isStatistic(i)) {
      weights[i] = (weights[i] as number) - statisticsMomentum * (gradient[i] as number);
      continue;
    }
    const g = (gradient[i] as number) * clip;
    const before = m[i] as number;
    let [moment, direction] = [0, 0];
    if (settings.optimiser === "sgd") {
      const momentum = settings.momentum ?? 0.9;
      moment = momentum * before + g;
      direction = settings.nesterov ? g + momentum * moment : moment;
    } else if (settings.optimiser === "adam") {
      const second = 0.999 * (v[i] as number) + 0.001 * g * g;
      moment = 0.9 * before + 0.1 * g;
      direction = moment / (1 - 0.9 ** step) / (Math.sqrt(second / (1 - 0.999 ** step)) + 1e-8);
      v[i] = second;
    } else {
      moment = 0.99 * before + 0.01 * g;
      direction = Math.sign(0.9 * before + 0.1 * g);
    }
    m[i] = moment;
    const decay = roles[i] === "weight" ? wd : 0;
    weights[i] = (weights[i] as number) - lr * (direction + decay * (weights[i] as number));
  }
}

async function compile(settings: OptimiserSettings): Promise<ort.InferenceSession> {
  const graph = new GraphBuilder();
  const input = (name: string, shape: readonly number[]): Tensor => ({ name: graph.input(name, shape), shape });
  const rates = Object.fromEntries(["learningRate", "keep", "correction1", "correction2"].map((name) => [name, input(name, [])]));
  const moments = Array.from({ length: momentCounts[settings.optimiser] }, (_, i) => input(`m${i}`, [size]));
  const state = { weights: input("weights", [size]), moments };
  const next = optimise(new TensorOps(graph), {
    network: network(),
    settings,
    state,
    gradient: input("gradient", [size]),
    rates: rates as { [R in keyof StepRates]: Tensor },
  });
  graph.output(next.weights.name, "weights.next", [size]);
  for (const [i, moment] of next.moments.entries()) graph.output(moment.name, `m${i}.next`, [size]);
  return ort.InferenceSession.create(graph.encode({ name: "test" }), { intraOpNumThreads: 1, logSeverityLevel: 3 });
}

const variants: readonly OptimiserSettings[] = [
  { optimiser: "sgd" },
  { optimiser: "sgd", momentum: 0 },
  { optimiser: "sgd", momentum: 0.8, nesterov: true },
  { optimiser: "sgd", clipNorm: 0.5 },
  { optimiser: "adam" },
  { optimiser: "adam", clipNorm: 1000 },
  { optimiser: "lion" },
];

describe("optimisers agree with their formulas", () => {
  it.each(variants.map((settings) => [JSON.stringify(settings), settings] as const))("%s", async (_name, settings) => {
    const rng = createRng(4);
    const numbers = () => Float32Array.from({ length: size }, () => rng.normal());
    let weights = numbers();
    let moments = Array.from({ length: momentCounts[settings.optimiser] }, () => new Float32Array(size));
    const expected = { weights: Float64Array.from(weights), moments: moments.map(() => new Float64Array(size)) };
    const session = await compile(settings);
    for (let step = 1; step <= 5; step++) {
      const [gradient, lr, wd] = [numbers(), 0.1 / step, 0.3];
      const feeds: Record<string, ort.Tensor> = {};
      for (const [name, value] of Object.entries(stepRates(step, lr, wd))) feeds[name] = new ort.Tensor("float32", [value], []);
      for (const [name, values] of Object.entries({ weights, gradient })) feeds[name] = new ort.Tensor("float32", values, [size]);
      for (const [i, moment] of moments.entries()) feeds[`m${i}`] = new ort.Tensor("float32", moment, [size]);
      const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name)));
      const result = await session.run(known);
      weights = result["weights.next"]?.data as Float32Array<ArrayBuffer>;
      moments = moments.map((_, i) => result[`m${i}.next`]?.data as Float32Array<ArrayBuffer>);
      oracle(settings, expected.weights, expected.moments, gradient, step, lr, wd);
      for (let i = 0; i < size; i++) expect(weights[i], `${roles[i]} ${i}, step ${step}`).toBeCloseTo(expected.weights[i] as number, 5);
    }
    await session.release();
  });
});
