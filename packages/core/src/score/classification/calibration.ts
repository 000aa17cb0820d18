/** Whether a classifier is right as often as its confidence says. */
import { at, intAt, quantileOfSorted, type Rng } from "../../base/index.ts";
import { type Proportion, proportionOf } from "./estimates.ts";

/** Images whose confidence lies in one of equally wide intervals. */
export interface ReliabilityBin {
  /** The interval (from, to]. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Mean of the confidences; undefined without images, as the accuracy is. */
  readonly confidence: number | undefined;
  readonly accuracy: Proportion | undefined;
}

export interface Calibration {
  readonly bins: readonly ReliabilityBin[];
  /** Mean over the images of |accuracy − mean confidence| of their bin, in [0, 1]. */
  readonly expectedCalibrationError: number;
  /**
   * What the same confidences would give if each were exactly the probability of being right: the error is never 0 of a sample.
   * An error above `high95` shows that the classifier is not calibrated.
   */
  readonly ifCalibrated: { readonly mean: number; readonly high95: number };
}

/** As in Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017. */
const binCount = 15;
/** Draws behind {@link Calibration.ifCalibrated}, as the consistency bars of Bröcker and Smith, Weather and Forecasting 22, 2007. */
const draws = 400;

/**
 * The expected calibration error of the predicted classes, with 15 bins of equal width.
 * @param confidence [images], at least one; the probability of the predicted class.
 * @param right [images], 1 where the prediction is the label, else 0.
 */
export function calibrationOf(confidence: Float64Array, right: Uint8Array, rng: Rng): Calibration {
  const binOf = Int32Array.from(confidence, (value) => Math.max(0, Math.min(binCount, Math.ceil(value * binCount)) - 1));
  const images = new Int32Array(binCount);
  const sums = new Float64Array(binCount);
  confidence.forEach((value, image) => {
    const bin = intAt(binOf, image);
    images[bin] = intAt(images, bin) + 1;
    sums[bin] = at(sums, bin) + value;
  });
  const hits = (isRight: (image: number) => boolean) => {
    const counts = new Int32Array(binCount);
    for (const [image, bin] of binOf.entries()) if (isRight(image)) counts[bin] = intAt(counts, bin) + 1;
    return counts;
  };
  const error = (counts: Int32Array) => counts.reduce((sum, count, bin) => sum + Math.abs(count - at(sums, bin)), 0) / confidence.length;
  const observed = hits((image) => right[image] === 1);
  const drawn = Float64Array.from({ length: draws }, () => error(hits((image) => rng.next() < at(confidence, image)))).sort();
  return {
    bins: Array.from(images, (count, bin) => ({
      from: bin / binCount,
      to: (bin + 1) / binCount,
      images: count,
      confidence: count === 0 ? undefined : at(sums, bin) / count,
      accuracy: proportionOf(intAt(observed, bin), count),
    })),
    expectedCalibrationError: error(observed),
    ifCalibrated: { mean: drawn.reduce((sum, value) => sum + value, 0) / draws, high95: quantileOfSorted(drawn, 0.95) },
  };
}
