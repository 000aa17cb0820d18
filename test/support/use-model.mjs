// Uses an exported model as a stranger would: knows of it what its metadata say, and imports nothing of the project.
//
//   node test/support/use-model.mjs MODEL.onnx IMAGES.csv
//
// A row of the CSV is one image: raw values channel by channel, row by row, then the name of its class.
// Prints {"images", "correct", "accuracy", "metadata"}.
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [model, images] = process.argv.slice(2);

/** The fields of a Protocol Buffers message: [number, value], bytes for a length-delimited one. */
function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    if (key % 8 === 0) yield [key >> 3, varint()];
    else if (key % 8 === 2) {
      const length = varint();
      yield [key >> 3, bytes.subarray(at, at + length)];
      at += length;
    } else throw new Error(`wire type ${key % 8}`);
  }
}

// onnx.proto: ModelProto.metadata_props is field 14, of StringStringEntryProto { key = 1, value = 2 }.
const metadata = Object.fromEntries(
  [...fields(readFileSync(model))]
    .filter(([number]) => number === 14)
    .map(([, entry]) => [...fields(entry)].map(([, text]) => text.toString("utf8"))),
);

const classes = JSON.parse(metadata.classes);
const shape = [1, metadata.input_channels, metadata.input_height, metadata.input_width].map(Number);
const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const rows = readFileSync(images, "utf8").trim().split("\n");
let correct = 0;
for (const row of rows) {
  const values = row.split(",");
  const name = values.pop();
  const pixels = Float32Array.from(values, (value) => Number(value) / Number(metadata.input_scale));
  const { output } = await session.run({ input: new Tensor("float32", pixels, shape) });
  if (classes[output.data.indexOf(Math.max(...output.data))] === name) correct++;
}
console.log(JSON.stringify({ images: rows.length, correct, accuracy: (100 * correct) / rows.length, metadata }));
