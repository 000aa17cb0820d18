/** The accuracy of a network on a set of images. */
import { floatAt, InputError } from "@archwright/core/base";
import type { Network } from "@archwright/core/ir";
import type { ImageSet } from "../datasets/dataset.ts";
import { exportOnnx } from "../onnx/exportModel.ts";
import { openEngine } from "../onnxruntime.ts";

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
  { batchSize = 64, threads = 1 }: { readonly batchSize?: number; readonly threads?: number } = {},
): Promise<number> {
  if (data.count === 0) throw new InputError("no images to evaluate on");
  const engine = await openEngine();
  const session = await engine.createSession(exportOnnx(network, weights), threads);
  try {
    const perImage = data.channels * data.height * data.width;
    const images = new Float32Array(Math.min(batchSize, data.count) * perImage);
    let right = 0;
    for (let start = 0; start < data.count; start += batchSize) {
      const count = Math.min(batchSize, data.count - start);
      for (let i = 0; i < count; i++) data.copyImage(start + i, images, i * perImage);
      const input = new engine.Tensor("float32", images.subarray(0, count * perImage), [count, data.channels, data.height, data.width]);
      const { output } = await session.run({ input });
      const logits = output?.data as Float32Array;
      const classes = logits.length / count;
      for (let i = 0; i < count; i++) if (largest(logits, i * classes, classes) === data.labels[start + i]) right++;
    }
    return (100 * right) / data.count;
  } finally {
    await session.release();
  }
}
