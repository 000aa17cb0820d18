import { createRng } from "@archwright/core/base";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type Backend, backendLoaders, chooseBackend, openTensorFlow } from "./backend.ts";
import { MetaLearner, type Samples, type Weights } from "./metaLearner.ts";
import { allShapes, initialValues } from "./network.ts";

describe("the choice of a backend", () => {
  const missing = () => Promise.reject(new Error("Cannot find package\nat length"));

  it("falls back from the native library to WebAssembly to plain JavaScript, and says why", async () => {
    const wasm = await chooseBackend({ ...backendLoaders, tensorflow: missing });
    expect(wasm).toMatchObject({ name: "wasm", skipped: [{ name: "tensorflow", reason: "Cannot find package" }] });
    const cpu = await chooseBackend({ ...backendLoaders, tensorflow: missing, wasm: missing });
    expect(cpu.name).toBe("cpu");
    expect(cpu.skipped.map(({ name }) => name)).toEqual(["tensorflow", "wasm"]);
  });

  it("does not take one that loads and registers nothing", async () => {
    const loaded = await chooseBackend({ ...backendLoaders, tensorflow: () => Promise.resolve({}) });
    expect(loaded.name).toBe("wasm");
    expect(loaded.skipped).toHaveLength(1);
  });

  it("fails only where there is none at all", async () => {
    await expect(chooseBackend({ tensorflow: missing, wasm: missing, cpu: missing })).rejects.toThrow(
      /no backend: tensorflow: Cannot find/,
    );
  });

  it("leaves the program's handlers of uncaught exceptions as they are", async () => {
    const before = process.listeners("uncaughtException").length;
    await openTensorFlow();
    expect(process.listeners("uncaughtException")).toHaveLength(before);
  });
});

describe("the meta-learner", () => {
  const sizes = { inputs: 6, hidden: 5, references: 3 };
  const rng = createRng("gradients");
  const shapes = allShapes(sizes);
  const start = initialValues(sizes, rng).map((values, i) =>
    // Rates as large as learned ones, so that the second order counts.
    (shapes[i] as readonly [string, number, number])[0].startsWith("rate") ? values.fill(0.2) : values,
  );
  let backend: Backend;
  let learner: MetaLearner;
  beforeAll(async () => {
    backend = await openTensorFlow();
    await backend.tf.setBackend(backend.name);
    learner = new MetaLearner(backend.tf, sizes);
  });

  const matrix = (label: string, rows: number, columns: number): Float32Array => {
    const numbers = rng.fork(label);
    return Float32Array.from({ length: rows * columns }, () => numbers.normal());
  };
  const lossOf = (all: Weights): Tensor2D => {
    const { tf } = backend;
    const samples = (label: string, count: number): Samples => ({
      encodings: tf.tensor2d(matrix(`x ${label}`, count, 6), [count, 6]),
      targets: tf.tensor2d(matrix(`y ${label}`, count, 1), [count, 1]),
    });
    const embedding = tf.tensor2d(matrix("embedding", 1, 3), [1, 3]);
    const noise = tf.tensor2d(matrix("noise", 1, learner.noiseSize), [1, learner.noiseSize]);
    return learner.episodeLoss(all, { support: samples("support", 7), query: samples("query", 9), embedding, noise });
  };
  const weightsOf = (values: readonly Float32Array[]): Weights =>
    Object.fromEntries(shapes.map(([name, rows, columns], i) => [name, backend.tf.tensor2d(values[i] as Float32Array, [rows, columns])]));
  const lossAt = (values: readonly Float32Array[]): number => backend.tf.tidy(() => lossOf(weightsOf(values)).dataSync()[0] as number);

  it("differentiates through its own gradient steps as finite differences do, in every group of weights", () => {
    const { tf } = backend;
    const gradients = tf.tidy(() => {
      const names = shapes.map(([name]) => name);
      const values = weightsOf(start);
      const of = tf.grads((...given) => tf.sum(lossOf(Object.fromEntries(names.map((name, i) => [name, given[i] as Tensor2D])))));
      return of(names.map((name) => values[name] as Tensor2D)).map((gradient) => Float32Array.from(gradient.dataSync()));
    });
    shapes.forEach(([name], i) => {
      const gradient = gradients[i] as Float32Array;
      // Along the gradient itself, where its length is the slope.
      const length = Math.sqrt(gradient.reduce((sum, value) => sum + value ** 2, 0));
      expect(length, name).toBeGreaterThan(0);
      // A matrix moved far crosses kinks of the rectifiers; a rate moved little drowns in rounding to 32 bits.
      const step = name.startsWith("rate") ? 1e-2 : 1e-3;
      const moved = (sign: number) =>
        start.map((values, j) => (j === i ? values.map((value, k) => value + (sign * step * (gradient[k] as number)) / length) : values));
      const slope = (lossAt(moved(1)) - lossAt(moved(-1))) / (2 * step);
      expect(Math.abs(slope - length), `${name}: ${slope} by differences, ${length} by differentiation`).toBeLessThan(0.03 * length + 3e-5);
    });
  });

  it("leaves no tensors behind", () => {
    const before = backend.tf.memory().numTensors;
    lossAt(start);
    expect(backend.tf.memory().numTensors).toBe(before);
  });

  it("lowers the loss of the samples it adapts to", () => {
    const { tf } = backend;
    const [before, after] = tf.tidy(() => {
      const all = weightsOf(
        start.map((values, i) => ((shapes[i] as readonly [string, ...unknown[]])[0].startsWith("rate") ? values.map(() => 0.02) : values)),
      );
      const samples = { encodings: tf.tensor2d(matrix("x", 7, 6), [7, 6]), targets: tf.tensor2d(matrix("y", 7, 1), [7, 1]) };
      const embedding = tf.tensor2d(matrix("embedding", 1, 3), [1, 3]);
      const { weights } = learner.modulate(all, embedding, undefined);
      const adapted = learner.adapt(all, weights, samples, embedding);
      return [weights, adapted].map((given) => learner.loss(given, samples, embedding).dataSync()[0] as number);
    }) as unknown as readonly [number, number];
    expect(after).toBeLessThan(before);
  });
});
