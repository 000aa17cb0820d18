/** Models of one operator, for tests. */
import { type OperatorSpec, type TensorSpec, TfliteWriter } from "./writer.fixture.ts";

/** A model of one operator; its first inputs are the network's, further ones are stored. */
export function oneOperator(
  type: string,
  given: readonly TensorSpec[],
  stored: readonly TensorSpec[],
  results: readonly TensorSpec[],
  options?: OperatorSpec["options"],
  custom = false,
): Uint8Array {
  const w = new TfliteWriter();
  const ins = given.map((spec, i) => w.tensor({ name: `in${i}`, type: "FLOAT32", ...spec }));
  const all = [...ins, ...stored.map((spec, i) => w.tensor({ name: `stored${i}`, type: "FLOAT32", ...spec }))];
  const outs = results.map((spec, i) => w.tensor({ name: `out${i}`, type: "FLOAT32", ...spec }));
  w.operator({ type, inputs: all, outputs: outs, custom, ...(options ? { options } : {}) });
  return w.write(ins, outs);
}

/** A stored list of whole numbers. */
export const ints = (...values: number[]): TensorSpec => ({
  shape: [values.length],
  type: "INT32",
  data: new Uint8Array(Int32Array.from(values).buffer),
});
/** Stored numbers that differ. */
export const weights = (shape: readonly number[], type = "FLOAT32"): TensorSpec => {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = { FLOAT32: 4, FLOAT16: 2, INT8: 1, INT32: 4, INT4: 0.5 }[type] ?? 1;
  return { shape, type, data: Uint8Array.from({ length: Math.ceil(count * bytes) }, (_, i) => (i * 7) % 61) };
};
