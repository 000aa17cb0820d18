// Checks an exported model by itself: imports nothing of the project, only Node.js and onnxruntime-node.
//
//   node test/support/check-exported.mjs MODEL.onnx [DIGITS.csv.gz]
//
// Reads the digits and splits them as packages/runtimes/data/README.md says (test images: those whose row, counted from 0,
// leaves 17, 18 or 19 when divided by 20), runs the model on them, and prints {"images", "correct", "accuracy"}.
// The accuracy is to be the `test_accuracy` that `archwright pareto --json` states for the exported trial.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [model, digits = new URL("../../packages/runtimes/data/digits.csv.gz", import.meta.url)] = process.argv.slice(2);
if (model === undefined) {
  console.error("say which model to check: node check-exported.mjs MODEL.onnx [DIGITS.csv.gz]");
  process.exit(2);
}

const rows = gunzipSync(readFileSync(digits))
  .toString("latin1")
  .trim()
  .split("\n")
  .map((line) => line.split(",").map(Number));
const test = rows.filter((_, i) => i % 20 >= 17);

const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const [input] = session.inputNames;
const [output] = session.outputNames;
let correct = 0;
for (const row of test) {
  const label = row[64];
  const pixels = Float32Array.from(row.slice(0, 64), (pixel) => pixel / 16);
  const { [output]: result } = await session.run({ [input]: new Tensor("float32", pixels, [1, 1, 8, 8]) });
  const scores = result.data;
  if (scores.indexOf(Math.max(...scores)) === label) correct++;
}
console.log(JSON.stringify({ images: test.length, correct, accuracy: (100 * correct) / test.length }));
