/** What a network gives for a set of images, and its accuracy. */
import { floatAt, InputError } from "@archwright/core/base";
import type { Network } from "@archwright/core/ir";
import type { ImageSet } from "../datasets/dataset.ts";
import { exportOnnx } from "../onnx/exportModel.ts";
import { openEngine } from "../onnxruntime.ts";

export interface OutputOptions {
  readonly batchSize?: number;
  readonly threads?: number;
}

/** The outputs of some images of a set, one after the other. */
export interface BatchOutputs {
  /** The first of the images. */
  readonly start: number;
  readonly count: number;
  /** [count, …] */
  readonly values: Float32Array;
}

/**
 * Runs a network of one output on a set of images, batch by batch.
 * @param weights laid out as `parameterLayout` says.
 * @throws InputError where there are no images.
 */
export async function* networkOutputs(
  network: Network,
  weights: Float32Array,
  images: ImageSet,
  { batchSize = 64, threads = 1 }: OutputOptions = {},
): AsyncGenerator<BatchOutputs> {
  if (images.count === 0) throw new InputError("no images to evaluate on");
  const engine = await openEngine();
  const session = await engine.createSession(exportOnnx(network, weights), threads);
  try {
    const { channels, height, width } = images;
    const size = channels * height * width;
    const pixels = new Float32Array(Math.min(batchSize, images.count) * size);
    for (let start = 0; start < images.count; start += batchSize) {
      const count = Math.min(batchSize, images.count - start);
      for (let i = 0; i < count; i++) images.copyImage(start + i, pixels, i * size);
      const input = new engine.Tensor("float32", pixels.subarray(0, count * size), [count, channels, height, width]);
      const { output } = await session.run({ input });
      yield { start, count, values: output?.data as Float32Array };
    }
  } finally {
    await session.release();
  }
}

/** Position of the largest number of a row; the first of equal ones. */
function largest(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (floatAt(values, start + i) > floatAt(values, start + best)) best = i;
  return best;
}

/**
 * Share of the images whose largest output is their class, in percent.
 * @param weights laid out as `parameterLayout` says.
 */
export async function evaluateAccuracy(
  network: Network,
  weights: Float32Array,
  data: ImageSet,
  options: OutputOptions = {},
): Promise<number> {
  let right = 0;
  for await (const { start, count, values } of networkOutputs(network, weights, data, options)) {
    const classes = values.length / count;
    for (let i = 0; i < count; i++) if (largest(values, i * classes, classes) === data.labels[start + i]) right++;
  }
  return (100 * right) / data.count;
}
