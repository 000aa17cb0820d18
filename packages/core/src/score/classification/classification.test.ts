import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type ClassifierOutputs, confusionMatrix, evaluateClassifier, wilsonInterval } from "./index.ts";

const evaluate = (outputs: ClassifierOutputs) => evaluateClassifier(outputs, createRng("test"));
const outputs = (rows: readonly (readonly number[])[], labels: readonly number[]): ClassifierOutputs => ({
  values: Float32Array.from(rows.flat()),
  labels: Int32Array.from(labels),
  classes: rows[0]?.length ?? 0,
});

/** Whether the most likely class is in the same bin of fifteen however the softmax is rounded: one third may come out a hair above it. */
function hasOneBin(row: readonly number[]): boolean {
  const most = Math.max(...row);
  const confidence = 1 / row.reduce((sum, value) => sum + Math.exp(value - most), 0);
  const edge = Math.round(15 * confidence) / 15;
  return confidence === 1 || Math.abs(confidence - edge) > 1e-12;
}

/** Logits of two to five classes for one to forty images. */
const cases = fc.integer({ min: 2, max: 5 }).chain((classes) =>
  fc
    .array(
      fc.tuple(
        fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: classes, maxLength: classes }).filter(hasOneBin),
        fc.nat(classes - 1),
      ),
      { minLength: 1, maxLength: 40 },
    )
    // One negative number at least, so that they are no probabilities.
    .map((images) =>
      outputs([[-1, ...Array<number>(classes - 1).fill(0)], ...images.map(([row]) => row)], [0, ...images.map(([, k]) => k)]),
    ),
);

/** The plain definitions, image by image. */
function slow({ values, labels, classes }: ClassifierOutputs) {
  const images = [...labels].map((label, i) => {
    const row = [...values.slice(i * classes, (i + 1) * classes)];
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    const p = row.map((value) => Math.exp(value) / total);
    const predicted = row.indexOf(Math.max(...row));
    return { i, label, p, predicted, confidence: p[predicted] as number };
  });
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const bins = Array.from({ length: 15 }, (_, b) =>
    images.filter(({ confidence: c }) => b / 15 < c && (c <= (b + 1) / 15 || (b === 14 && c > 1))),
  );
  const hit = ({ label, predicted }: { readonly label: number; readonly predicted: number }) => (label === predicted ? 1 : 0);
  return {
    images,
    accuracy: mean(images.map(hit)),
    logLoss: mean(images.map(({ p, label }) => -Math.log(p[label] as number))),
    brier: mean(images.map(({ p, label }) => p.reduce((sum, value, k) => sum + (value - (k === label ? 1 : 0)) ** 2, 0))),
    ece: bins.reduce(
      (sum, bin) =>
        bin.length === 0
          ? sum
          : sum + (bin.length / images.length) * Math.abs(mean(bin.map(hit)) - mean(bin.map(({ confidence }) => confidence))),
      0,
    ),
    sizes: bins.map(({ length }) => length),
  };
}

describe("of a classifier", () => {
  it("scores and calibration are as their definitions say, image by image", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const found = evaluate(given);
        const expected = slow(given);
        expect(found.kind).toBe("logits");
        expect(found.accuracy.value).toBeCloseTo(expected.accuracy, 12);
        expect(found.negativeLogLikelihood.value).toBeCloseTo(expected.logLoss, 9);
        expect(found.brier.value).toBeCloseTo(expected.brier, 9);
        expect(found.calibration.expectedCalibrationError).toBeCloseTo(expected.ece, 9);
        expect(found.calibration.bins.map(({ images }) => images)).toEqual(expected.sizes);
      }),
      { numRuns: 60 },
    );
  });

  it("confusions, precision and recall are what counting gives", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { confusions, classes } = evaluate(given);
        const { images } = slow(given);
        const count = (of: (image: (typeof images)[number]) => boolean) => images.filter(of).length;
        const matrix = confusionMatrix(confusions, given.classes);
        matrix.forEach((row, label) => {
          row.forEach((cell, predicted) => {
            expect(cell).toBe(count((image) => image.label === label && image.predicted === predicted));
          });
        });
        expect(confusions.every((cell) => cell.images > 0)).toBe(true);
        classes.forEach(({ support, predicted, precision, recall }, k) => {
          const right = count((image) => image.label === k && image.predicted === k);
          expect(support).toBe(count(({ label }) => label === k));
          expect(predicted).toBe(count((image) => image.predicted === k));
          expect(precision?.value).toBe(predicted === 0 ? undefined : right / predicted);
          expect(recall?.value).toBe(support === 0 ? undefined : right / support);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("mistakes are all images of another class than predicted, the most confident first", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { mistakes } = evaluate(given);
        const wrong = slow(given).images.filter(({ label, predicted }) => label !== predicted);
        expect(mistakes.map(({ index }) => index).sort((a, b) => a - b)).toEqual(wrong.map(({ i }) => i));
        for (const [place, { index, label, predicted, confidence }] of mistakes.entries()) {
          const image = wrong.find(({ i }) => i === index);
          expect([label, predicted]).toEqual([image?.label, image?.predicted]);
          expect(confidence).toBeCloseTo(image?.confidence as number, 9);
          expect(confidence).toBeLessThanOrEqual(mistakes[place - 1]?.confidence ?? 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("numbers are those that one computes by hand", () => {
    // Three images, two classes; confidences .8, .6 and .6, the last one wrong.
    const rows = [
      [0.8, 0.2],
      [0.4, 0.6],
      [0.6, 0.4],
    ];
    const found = evaluate(outputs(rows, [0, 1, 1]));
    expect(found).toMatchObject({ kind: "probabilities", images: 3, accuracy: { value: 2 / 3 } });
    // −(ln .8 + ln .6 + ln .4) / 3
    expect(found.negativeLogLikelihood.value).toBeCloseTo(0.550_087, 5);
    // (2 · .04 + 2 · .16 + 2 · .36) / 3
    expect(found.brier.value).toBeCloseTo(1.12 / 3, 6);
    // Their deviations: .08, .32 and .72, of mean .3733; √(Σ (x − mean)² / 2 / 3).
    expect(found.brier.standardError).toBeCloseTo(0.186_667, 5);
    // One bin holds both of .6, of which one is right: 2/3 · |1/2 − .6|. Another holds .8: 1/3 · |1 − .8|.
    expect(found.calibration.expectedCalibrationError).toBeCloseTo(0.2 / 3 + 0.2 / 3, 6);
    expect(found.classes).toMatchObject([
      { support: 1, predicted: 2, precision: { value: 0.5 }, recall: { value: 1 } },
      { support: 2, predicted: 1, precision: { value: 1 }, recall: { value: 0.5 } },
    ]);
    expect(found.mistakes).toEqual([{ index: 2, label: 1, predicted: 0, confidence: expect.closeTo(0.6, 6) }]);
  });

  it("logits far apart give finite numbers, and the logarithms of probabilities the same as these", () => {
    const far = evaluate(outputs([[3000, -3000]], [1]));
    expect(far.negativeLogLikelihood).toEqual({ value: 6000, standardError: undefined, low95: undefined, high95: undefined });
    expect(far.brier.value).toBe(2);
    const plain = [
      [0.7, 0.2, 0.1],
      [0.1, 0.3, 0.6],
    ];
    const [logs, shares] = [plain.map((row) => row.map(Math.log)), plain].map((rows) => evaluate(outputs(rows, [1, 2])));
    expect(logs?.kind).toBe("logits");
    expect(logs?.brier.value).toBeCloseTo(shares?.brier.value as number, 6);
    expect(logs?.negativeLogLikelihood.value).toBeCloseTo(shares?.negativeLogLikelihood.value as number, 6);
  });

  it("a probability of 0 counts as float32's precision, as scikit-learn clips it", () => {
    expect(evaluate(outputs([[1, 0]], [1])).negativeLogLikelihood.value).toBeCloseTo(-Math.log(2 ** -23), 12);
  });

  it("outputs that are neither, or not finite, are refused", () => {
    const sigmoids = [
      [0.9, 0.8],
      [0.1, 0.2],
    ];
    expect(() => evaluate(outputs(sigmoids, [0, 1]))).toThrow(/between 0 and 1, and their sums .* between 0\.300 and 1\.70[\s\S]*sigmoid/);
    expect(() =>
      evaluate(
        outputs(
          [
            [1, 2],
            [3, Number.NaN],
          ],
          [0, 1],
        ),
      ),
    ).toThrow("gives NaN for image 1, class 1");
    expect(() => evaluate({ values: new Float32Array(), labels: new Int32Array(), classes: 3 })).toThrow("no images");
  });
});

describe("of a perfectly calibrated classifier", () => {
  const rng = createRng("calibrated");
  const images = Array.from({ length: 2000 }, () => {
    const p = 0.5 + rng.next() / 2;
    return { row: [p, 1 - p], label: rng.next() < p ? 0 : 1 };
  });
  const calibrated = outputs(
    images.map(({ row }) => row),
    images.map(({ label }) => label),
  );

  it("the error is about what chance gives, and one that is too confident is above it", () => {
    const { calibration } = evaluate(calibrated);
    expect(calibration.ifCalibrated.mean).toBeGreaterThan(0.01);
    expect(calibration.ifCalibrated.mean).toBeLessThan(calibration.ifCalibrated.high95);
    expect(calibration.expectedCalibrationError).toBeLessThan(calibration.ifCalibrated.high95);
    const sharper = evaluate({ ...calibrated, values: calibrated.values.map((p) => 3 * Math.log(p)) });
    expect(sharper.calibration.expectedCalibrationError).toBeGreaterThan(2 * sharper.calibration.ifCalibrated.high95);
  });

  it("the same seed gives the same numbers", () => expect(evaluate(calibrated)).toEqual(evaluate(calibrated)));
});

describe("Wilson's interval", () => {
  // R. G. Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("of %i in %i", (successes, trials, low, high) => {
    const [lowest, highest] = wilsonInterval(successes, trials);
    expect(lowest).toBeCloseTo(low, 4);
    expect(highest).toBeCloseTo(high, 4);
  });

  it("holds the shares that the score test does not reject", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, part) => {
        const successes = Math.round(part * trials);
        const rejected = (share: number) => (successes / trials - share) ** 2 > (1.959_963_985 ** 2 * share * (1 - share)) / trials;
        const [low, high] = wilsonInterval(successes, trials);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        const step = (high - low) / 1000;
        expect([low + step, high - step].some(rejected)).toBe(false);
        if (successes > 0) expect(rejected(low - step)).toBe(true);
        if (successes < trials) expect(rejected(high + step)).toBe(true);
      }),
    );
  });
});
