import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { at, Matrix } from "../../base/matrix.ts";
import { studentQuantile } from "../interval.ts";
import { mixModels } from "./mixture.ts";
import { predictiveOf, predictRows, RowStore } from "./predictive.ts";

const [count, width] = [10, 40];
const rng = createRng("predictive");
/** Rows whose features differ in size by orders of magnitude, as principal components do. */
const rowsOf = (rows: number) =>
  new Matrix(
    rows,
    width,
    Float64Array.from({ length: rows * width }, (_, i) => rng.normal() * 10 ** (-(i % width) / 10)),
  );

it("has the mean of the mixture, and its standard deviation within two percent", () => {
  const features = rowsOf(count);
  const models = [0.5, 1, 2].flatMap((scale) => {
    const variances = Float64Array.from({ length: width }, (_, j) => scale * (j % 3 === 0 ? 1 : 0.1));
    return [0.01, 0.1].map((noise) => ({ variances, noise, logPrior: 0 }));
  });
  const observations = {
    features,
    values: Float64Array.from({ length: count }, () => rng.normal()),
    extraVariance: new Float64Array(count),
  };
  const moments = mixModels(models, observations, { shape: 1.5, scale: 0.3 });
  const asked = rowsOf(200);
  const predictions = predictRows(
    asked,
    Int32Array.from({ length: 200 }, (_, r) => r),
    predictiveOf(moments, 3, features),
  );
  expect(predictions).toHaveLength(200);
  const errors = predictions.map(({ latencyMs, sdMs, low95Ms, high95Ms }, r) => {
    let log = 3;
    let variance = moments.noise;
    for (let i = 0; i < width; i++) {
      const x = asked.at(r, i);
      log += x * at(moments.mean, i);
      variance += x * x * at(moments.variances, i);
      for (let j = 0; j < width; j++) variance -= x * asked.at(r, j) * moments.correction.at(i, j);
    }
    expect(Math.log(latencyMs)).toBeCloseTo(log, 9);
    const shown = Math.log(high95Ms / low95Ms) / 2 / 1.959964;
    // The standard deviation of a log-normal distribution.
    expect(sdMs / latencyMs).toBeCloseTo(Math.sqrt(Math.expm1(shown * shown) * Math.exp(shown * shown)), 9);
    const sd = (shown * 1.959964) / studentQuantile(count - 2);
    return Math.abs(sd / Math.sqrt(Math.max(variance, moments.noise)) - 1);
  });
  expect(Math.max(...errors)).toBeLessThan(0.02);
});

it("keeps rows apart, in whatever order they are asked for", () => {
  let computed = 0;
  const store = new RowStore(2, (architecture, into) => {
    if (architecture === "bad") throw new Error("bad");
    computed++;
    into.set([architecture.length, 1]);
  });
  const read = (architectures: readonly string[]) => [...store.indicesOf(architectures)].map((row) => store.rows.at(row, 0));
  expect(read(["a", "bbb"])).toEqual([1, 3]);
  expect(() => read(["a", "bad"])).toThrow("bad");
  expect(read(["bbb", "cc", "a", "cc"])).toEqual([3, 2, 1, 2]);
  expect([...store.row("dddd")]).toEqual([4, 1]);
  expect(computed).toBe(4);
});

it("starts afresh when it holds more rows than its limit, and leaves views alone", () => {
  const store = new RowStore(1, (architecture, into) => into.fill(Number(architecture)), 3);
  const first = store.row("7");
  for (let i = 0; i < 1000; i++) {
    expect(store.row(String(i))[0]).toBe(i);
    expect(store.size).toBeLessThanOrEqual(4);
  }
  expect(first[0]).toBe(7);
  const [a, b] = store.indicesOf(["5", "6"]) as unknown as [number, number];
  expect([store.rows.at(a, 0), store.rows.at(b, 0)]).toEqual([5, 6]);
});
