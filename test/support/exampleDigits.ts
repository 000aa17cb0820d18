/** The digits as the examples in Python have them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as onnxruntime from "onnxruntime-node";
import { root } from "./cli.ts";

/** The digits as the example splits and normalises them. */
function testImages(): { readonly images: Float32Array; readonly labels: readonly number[] } {
  const text = gunzipSync(readFileSync(join(root, "packages/runtimes/data/digits.csv.gz"))).toString();
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  const train = rows.filter((_, i) => i % 20 < 14).flatMap((row) => row.slice(0, 64).map((pixel) => pixel / 16));
  const mean = train.reduce((sum, pixel) => sum + pixel, 0) / train.length;
  const deviation = Math.sqrt(train.reduce((sum, pixel) => sum + (pixel - mean) ** 2, 0) / (train.length - 1));
  const tested = rows.filter((_, i) => i % 20 >= 17);
  return {
    images: Float32Array.from(tested.flatMap((row) => row.slice(0, 64).map((pixel) => (pixel / 16 - mean) / deviation))),
    labels: tested.map((row) => row[64] as number),
  };
}

/** Accuracy of a model that takes such images, on those for testing, in percent. */
export async function accuracyOnExampleDigits(model: string): Promise<number> {
  const { images, labels } = testImages();
  const session = await onnxruntime.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const { output } = await session.run({ input: new onnxruntime.Tensor("float32", images, [labels.length, 1, 8, 8]) });
  const logits = output?.data as Float32Array;
  const right = labels.filter((label, i) => {
    const own = logits.subarray(10 * i, 10 * i + 10);
    return own.indexOf(Math.max(...own)) === label;
  });
  return (100 * right.length) / labels.length;
}
