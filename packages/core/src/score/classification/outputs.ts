/** From the numbers that a classifier gives to predictions, and how far each is from the truth. */
import { floatAt, InputError, intAt } from "../../base/index.ts";

/** What a classifier gave for images whose classes are known. */
export interface ClassifierOutputs {
  /** [images, classes], row-major: logits, or probabilities. */
  readonly values: Float32Array;
  /** [images], each in 0 … classes − 1. */
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Logits become probabilities by a softmax. */
export type OutputKind = "logits" | "probabilities";

/** For each image, in their order. */
export interface Predictions {
  readonly kind: OutputKind;
  /** The class with the largest output, the first of equal ones. */
  readonly predicted: Int32Array;
  /** Its probability. */
  readonly confidence: Float64Array;
  /** −ln of the label's probability. */
  readonly logLoss: Float64Array;
  /** Σ over the classes of (probability − 1 if it is the label)², in [0, 2]. */
  readonly brier: Float64Array;
}

/** By how much probabilities may miss a sum of 1, as those of quantised networks do. */
const sumTolerance = 0.02;
/** Smaller probabilities of the label count as this one: float32's precision, below which a softmax in float32 gives 0. */
const leastProbability = 2 ** -23;

/**
 * Predictions of a classifier. Its outputs are probabilities where they all lie in [0, 1] and those of each image sum to 1; they are
 * then scaled to that sum. Else they are logits; logarithms of probabilities are logits too.
 * @throws InputError where outputs are not finite, or are neither of both.
 */
export function predictionsOf(outputs: ClassifierOutputs): Predictions {
  const kind = kindOf(outputs);
  const count = outputs.labels.length;
  const predicted = new Int32Array(count);
  const [confidence, logLoss, brier] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let image = 0; image < count; image++) {
    const row = probabilities(outputs, image, kind);
    const label = intAt(outputs.labels, image);
    predicted[image] = row.largest;
    confidence[image] = row.at(row.largest);
    logLoss[image] = kind === "logits" ? row.logLoss(label) : -Math.log(Math.max(row.at(label), leastProbability));
    let squares = 0;
    for (let k = 0; k < outputs.classes; k++) squares += (row.at(k) - (k === label ? 1 : 0)) ** 2;
    brier[image] = squares;
  }
  return { kind, predicted, confidence, logLoss, brier };
}

/** The probabilities of one image. */
function probabilities({ values, classes }: ClassifierOutputs, image: number, kind: OutputKind) {
  const start = image * classes;
  let largest = 0;
  for (let k = 1; k < classes; k++) if (floatAt(values, start + k) > floatAt(values, start + largest)) largest = k;
  const peak = floatAt(values, start + largest);
  const weight = (k: number) => (kind === "logits" ? Math.exp(floatAt(values, start + k) - peak) : floatAt(values, start + k));
  let total = 0;
  for (let k = 0; k < classes; k++) total += weight(k);
  return {
    largest,
    at: (k: number) => weight(k) / total,
    /** Of logits; exact also where the probability itself rounds to 0. */
    logLoss: (label: number) => Math.log(total) - (floatAt(values, start + label) - peak),
  };
}

function kindOf({ values, labels, classes }: ClassifierOutputs): OutputKind {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(`the model gives ${values[bad]} for image ${Math.floor(bad / classes)}, class ${bad % classes}`, {
      expected: "finite numbers, one a class",
      advice: "look at the model and at the scale of its input",
    });
  }
  if (!values.every((value) => value >= 0 && value <= 1)) return "logits";
  const sums = Array.from(labels, (_, image) =>
    values.subarray(image * classes, (image + 1) * classes).reduce((sum, value) => sum + value, 0),
  );
  if (sums.every((sum) => Math.abs(sum - 1) <= sumTolerance)) return "probabilities";
  const [least, most] = [sums.reduce((a, b) => Math.min(a, b)), sums.reduce((a, b) => Math.max(a, b))];
  throw new InputError(
    `the model's outputs all lie between 0 and 1, and their sums over the classes between ${least.toPrecision(3)} and ${most.toPrecision(3)}`,
    {
      expected: "probabilities of classes that exclude each other, which sum to 1, or logits",
      advice: "a sigmoid gives one probability for each class by itself: export the model without it, so that it gives logits",
    },
  );
}
