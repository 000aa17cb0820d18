import { InputError } from "@archwright/core/base";
import { type Network, networkCosts } from "@archwright/core/ir";
import { describe, expect, it } from "vitest";
import { modelFormats, readModel } from "../models/index.ts";
import { mlperfTiny } from "./mlperfTiny.fixture.ts";
import { ints, oneOperator, weights } from "./oneOperator.fixture.ts";
import { readTflite } from "./readTflite.ts";
import { optionSlots } from "./schema.ts";
import { TfliteWriter } from "./writer.fixture.ts";

const kinds = (network: Network) => network.nodes.map(({ op }) => (op.kind === "opaque" ? op.name : op.kind));
const formats = (network: Network) => network.nodes.map(({ output }) => output.format);
const refusal = (read: () => unknown): InputError => {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("it was read");
};
const dense = { activation: optionSlots.fullyConnected.activation };

describe("number formats", () => {
  const layer = (type: string, weightType: string, biasType: string, activation = 0) =>
    oneOperator(
      "FULLY_CONNECTED",
      [{ shape: [1, 5], type }],
      [weights([7, 5], weightType), weights([7], biasType)],
      [{ shape: [1, 7], type }],
      { table: "fullyConnected", fields: [{ slot: dense.activation, byte: activation }] },
    );

  it.each([
    ["INT8", "INT8", "INT32", "int8", 35 + 28],
    ["INT16", "INT8", "INT32", "int16", 35 + 28],
    ["INT8", "INT4", "INT32", "int8", 18 + 28],
    // Weights alone are integers: the activations stay what they are.
    ["FLOAT32", "INT8", "FLOAT32", "float32", 35 + 28],
    ["FLOAT16", "FLOAT16", "FLOAT16", "float16", 70 + 14],
  ])("are those of the file: %s with weights in %s and biases in %s", (type, weightType, biasType, format, bytes) => {
    const { network, unread } = readTflite(layer(type, weightType, biasType), "m");
    expect(unread).toEqual([]);
    expect(formats(network)).toEqual([format, format]);
    expect(networkCosts(network).weightBytes).toBe(bytes);
  });

  it("of 64 bits have their size, as places of the largest do", () => {
    const bytes = oneOperator("ARG_MAX", [{ shape: [1, 5, 5, 21] }], [ints(3)], [{ shape: [1, 5, 5], type: "INT64" }]);
    expect(networkCosts(readTflite(bytes, "m").network).outputBytes).toBe(25 * 8);
  });

  it("change at QUANTIZE and DEQUANTIZE; from scale to scale each element is computed anew", () => {
    const w = new TfliteWriter();
    const shape = [1, 4];
    const x = w.tensor({ shape, type: "FLOAT32" });
    const [a, b, c] = [w.tensor({ shape, type: "UINT8" }), w.tensor({ shape, type: "INT8" }), w.tensor({ shape, type: "INT8" })];
    const y = w.tensor({ shape, type: "FLOAT32" });
    for (const [type, from, to] of [
      ["QUANTIZE", x, a],
      ["QUANTIZE", a, b],
      ["QUANTIZE", b, c],
      ["DEQUANTIZE", c, y],
    ] as const)
      w.operator({ type, inputs: [from], outputs: [to] });
    const { network } = readTflite(w.write([x], [y]), "m");
    expect(kinds(network)).toEqual(["input", "cast", "cast", "QuantizeLinear", "cast"]);
    expect(formats(network)).toEqual(["float32", "uint8", "int8", "int8", "float32"]);
  });

  it("of activations that are written into an operator cost nothing in integers, and a node in floats", () => {
    expect(kinds(readTflite(layer("INT8", "INT8", "INT32", 1), "m").network)).toEqual(["input", "dense"]);
    expect(kinds(readTflite(layer("FLOAT32", "FLOAT32", "FLOAT32", 1), "m").network)).toEqual(["input", "dense", "activation"]);
    expect(kinds(readTflite(layer("FLOAT32", "FLOAT32", "FLOAT32", 2), "m").network)).toEqual(["input", "dense", "Clip"]);
  });
});

describe("stored tensors", () => {
  /** x·W + b twice, with one table or two. */
  const tower = (shared: boolean) => {
    const w = new TfliteWriter();
    const x = w.tensor({ shape: [1, 5], type: "FLOAT32" });
    const weight = w.tensor(weights([5, 5]));
    const again = shared ? w.tensor({ ...weights([5, 5]), buffer: w.bufferOf(weight) }) : w.tensor(weights([5, 5]));
    const [y, z, dead] = [0, 1, 2].map(() => w.tensor({ shape: [1, 5], type: "FLOAT32" })) as [number, number, number];
    w.operator({ type: "FULLY_CONNECTED", inputs: [x, weight, -1], outputs: [y] });
    w.operator({ type: "FULLY_CONNECTED", inputs: [y, again, -1], outputs: [z] });
    w.operator({ type: "FULLY_CONNECTED", inputs: [y, w.tensor(weights([5, 5]))], outputs: [dead] });
    return readTflite(w.write([x], [z]), "m").network;
  };

  it("that several operators read exist once, and are multiplied each time", () => {
    expect(networkCosts(tower(true))).toMatchObject({ parameters: 25, weightBytes: 100, macs: 50 });
    expect(networkCosts(tower(false))).toMatchObject({ parameters: 50, weightBytes: 200, macs: 50 });
  });

  it("and operators that no output needs are left out", () => {
    expect(kinds(tower(true))).toEqual(["input", "dense", "dense"]);
  });

  it("keep the format in which the file has them, where they are widened when the model is loaded", () => {
    const w = new TfliteWriter();
    const x = w.tensor({ shape: [1, 5], type: "FLOAT32" });
    const [half, whole] = [w.tensor(weights([7, 5], "FLOAT16")), w.tensor({ shape: [7, 5], type: "FLOAT32" })];
    const y = w.tensor({ shape: [1, 7], type: "FLOAT32" });
    w.operator({ type: "DEQUANTIZE", inputs: [half], outputs: [whole] });
    w.operator({ type: "FULLY_CONNECTED", inputs: [x, whole, -1], outputs: [y] });
    const { network, notes } = readTflite(w.write([x], [y]), "m");
    expect(networkCosts(network)).toMatchObject({ parameters: 35, weightBytes: 70 });
    expect(notes).toEqual([expect.stringMatching(/widened/)]);
  });

  it("of which zeros are left out count as they are stored", () => {
    const sparse = { ...weights([7, 2]), shape: [7, 5], sparse: true };
    const bytes = oneOperator("FULLY_CONNECTED", [{ shape: [1, 5] }], [sparse], [{ shape: [1, 7] }]);
    expect(networkCosts(readTflite(bytes, "m").network)).toMatchObject({ parameters: 14, macs: 35 });
  });

  it("of one name are not one tensor", () => {
    const w = new TfliteWriter();
    const x = w.tensor({ shape: [1, 5], type: "FLOAT32" });
    const whole = () => w.tensor({ name: "same", shape: [5], type: "FLOAT32" });
    const [a, b] = [whole(), whole()];
    for (const widened of [a, b]) w.operator({ type: "EXP", inputs: [w.tensor({ ...weights([5]), name: "same" })], outputs: [widened] });
    const [y, z] = [w.tensor({ shape: [1, 5], type: "FLOAT32" }), w.tensor({ shape: [1, 5], type: "FLOAT32" })];
    w.operator({ type: "ADD", inputs: [x, a], outputs: [y] });
    w.operator({ type: "ADD", inputs: [y, b], outputs: [z] });
    expect(networkCosts(readTflite(w.write([x], [z]), "m").network).parameters).toBe(10);
  });

  it("that shapes are computed from are computed here", () => {
    const w = new TfliteWriter();
    const x = w.tensor({ shape: [1, 4, 6], type: "FLOAT32" });
    const whole = (shape: readonly number[]) => w.tensor({ shape, type: "INT32" });
    const [shape, batch, asked] = [whole([3]), whole([]), whole([2])];
    const rest = w.tensor({ ...ints(24), shape: [] });
    const y = w.tensor({ shape: [1, 24], type: "FLOAT32" });
    w.operator({ type: "SHAPE", inputs: [x], outputs: [shape] });
    const fields = [{ slot: optionSlots.stridedSlice.shrink, int: 1 }];
    w.operator({
      type: "STRIDED_SLICE",
      inputs: [shape, w.int32s([0]), w.int32s([1]), w.int32s([1])],
      outputs: [batch],
      options: { table: "stridedSlice", fields },
    });
    w.operator({ type: "PACK", inputs: [batch, rest], outputs: [asked], options: { table: "pack", fields: [{ slot: 0, int: 2 }] } });
    w.operator({ type: "RESHAPE", inputs: [x, asked], outputs: [y] });
    const { network, unread } = readTflite(w.write([x], [y]), "m");
    expect({ kinds: kinds(network), unread }).toEqual({ kinds: ["input", "reshape"], unread: [] });
    expect(network.nodes.at(-1)?.output.shape).toEqual([1, 24]);
  });
});

describe("sizes that are left open", () => {
  const open = () => {
    const w = new TfliteWriter();
    const x = w.tensor({ name: "image", shape: [1, 1, 1, 3], signature: [-1, -1, -1, 3], type: "FLOAT32" });
    const y = w.tensor({ shape: [1, 1, 1, 6], signature: [-1, -1, -1, 6], type: "FLOAT32" });
    const fields = [1, 2].map((slot) => ({ slot, int: 2 }));
    w.operator({ type: "CONV_2D", inputs: [x, w.tensor(weights([6, 3, 3, 3])), -1], outputs: [y], options: { table: "conv2d", fields } });
    return w.write([x], [y]);
  };
  const sizes = (input: Parameters<typeof readTflite>[2]) => {
    const { network } = readTflite(open(), "m", input);
    return network.nodes.map(({ output }) => output.shape.join("x"));
  };

  it("are given in the file's order, channels-first, or by name", () => {
    const expected = ["1x3x64x48", "1x6x32x24"];
    expect(sizes({ input: { shape: [1, 64, 48, 3] } })).toEqual(expected);
    expect(sizes({ input: { shape: [1, 3, 64, 48] } })).toEqual(expected);
    expect(sizes({ input: { named: { height: 64, width: 48 } } })).toEqual(expected);
    expect(sizes({ input: { named: { batch: 2, height: 64, width: 48 } } })[0]).toBe("2x3x64x48");
  });

  it.each([
    [undefined, /the height of the input 'image' is left open/],
    [{ shape: [1, 64, 48, 4] }, /cannot be 1x64x48x4\n {2}expected: batchxheightxwidthx3/],
    [{ shape: [1, 64] }, /cannot be 1x64/],
    [{ shape: [1, 2 ** 40, 2 ** 40, 3] }, /more numbers than can be counted/],
    [{ named: { height: 64, width: 48, channels: 4 } }, /the channels of the input 'image' cannot be 4\n {2}expected: 3/],
    [{ named: { height: 64, width: 48, depth: 4 } }, /no input has an axis 'depth'\n {2}expected: one of batch, height, width, channels/],
    [{ named: { height: 0, width: 48 } }, /is 0\n {2}expected: at least 1/],
  ])("are asked for: %j", (input, message) => {
    expect(refusal(() => readTflite(open(), "m", input ? { input } : {})).message).toMatch(message);
  });

  it("and a batch alone is 1", () => {
    const bytes = oneOperator("RELU", [{ shape: [1, 5], signature: [-1, 5] }], [], [{ shape: [1, 5], signature: [-1, 5] }]);
    expect(readTflite(bytes, "m").network.nodes[0]?.output.shape).toEqual([1, 5]);
  });
});

describe("what cannot be read", () => {
  const custom = (type: string) => oneOperator(type, [{ shape: [1, 5] }], [weights([5, 3])], [{ shape: [1, 3] }], undefined, true);

  it("is estimated around: results as the file states them, its weights counted", () => {
    const { network, unread } = readTflite(custom("MyOp"), "m");
    expect(unread).toEqual([{ node: "operator 0", operator: "MyOp", why: "it is not known" }]);
    expect(network.nodes.at(-1)?.op).toMatchObject({ kind: "opaque", name: "MyOp", shape: [1, 3], parameters: 15, estimated: true });
  });

  it.each([
    ["MyOp", /^m: operator 0 \(MyOp\): it is not known/],
    ["FlexErf", /TensorFlow's own operators/],
    ["edgetpu-custom-op", /before it was compiled/],
  ])("is refused if asked to, with what to do: %s", (type, message) => {
    expect(refusal(() => readTflite(custom(type), "m", { strict: true })).message).toMatch(message);
  });

  it("is named without what a terminal or a page would take for more than text", () => {
    const { network, unread } = readTflite(custom("<b>\u001b[31m\nOp</b>"), "m");
    expect(unread[0]?.operator).toBe("<b>�[31m�Op</b>");
    expect(kinds(network)[1]).toMatch(/^[A-Za-z0-9_.-]+$/);
  });

  it("may be a loop: what it repeats is counted once, its weights with it", () => {
    const w = new TfliteWriter();
    const [x, y, inside] = [0, 1, 2].map(() => w.tensor({ shape: [1, 5], type: "FLOAT32" })) as [number, number, number];
    const [weight, truth] = [w.tensor(weights([5, 5])), w.tensor({ shape: [1, 5], type: "BOOL" })];
    const fields = [
      { slot: 0, int: 1 },
      { slot: 1, int: 2 },
    ];
    w.operator({ type: "WHILE", inputs: [x], outputs: [y], options: { table: "while", fields } });
    const condition = { inputs: [x], outputs: [truth], operators: [{ type: "LESS", inputs: [x, x], outputs: [truth] }] };
    const body = { inputs: [x], outputs: [inside], operators: [{ type: "FULLY_CONNECTED", inputs: [x, weight, -1], outputs: [inside] }] };
    const bytes = w.write([x], [y], [condition, body]);
    const { network, unread } = readTflite(bytes, "m");
    expect(unread).toEqual([{ node: "operator 0", operator: "WHILE", why: "what it repeats is counted once" }]);
    expect(networkCosts(network)).toMatchObject({ macs: 25, parameters: 25 });
    expect(refusal(() => readTflite(bytes, "m", { strict: true })).message).toMatch(/without control flow/);
  });

  it("may be a loop that runs itself", () => {
    const w = new TfliteWriter();
    const [x, y] = [w.tensor({ shape: [1, 5], type: "FLOAT32" }), w.tensor({ shape: [1, 5], type: "FLOAT32" })];
    w.operator({ type: "WHILE", inputs: [x], outputs: [y], options: { table: "while", fields: [] } });
    expect(readTflite(w.write([x], [y]), "m").unread[0]?.why).toMatch(/cannot be read/);
  });

  it.each([
    ["nothing", new Uint8Array(), /the file is empty\n.*\n {2}what to do: export or download/],
    ["a pointer", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1"), /git lfs pull/],
    ["another format", Uint8Array.from([8, 7, 18, 0, 1, 0, 0, 0, 1, 0]), /bytes 4 to 7 are not 'TFL3'/],
    ["half a file", mlperfTiny[2]?.bytes.slice(0, 20_000) ?? new Uint8Array(), /damaged: it points to byte/],
  ])("may be no model: %s", (_what, bytes, message) => {
    expect(refusal(() => readTflite(bytes, "m")).message).toMatch(message);
  });
});

describe("a detector's post-processing", () => {
  it("gives as many detections as the file states", () => {
    const detector = oneOperator(
      "TFLite_Detection_PostProcess",
      [{ shape: [1, 100, 4] }, { shape: [1, 100, 91] }],
      [weights([100, 4])],
      [{ shape: [1, 25, 4] }, { shape: [1, 25] }, { shape: [1, 25] }, { shape: [1] }],
      undefined,
      true,
    );
    const { network, unread } = readTflite(detector, "m");
    expect(unread).toEqual([]);
    expect(network.outputs.map((index) => network.nodes[index]?.output.shape)).toEqual([[1, 25, 4], [1, 25], [1, 25], [1]]);
    expect(networkCosts(network).parameters).toBe(400);
  });
});

describe("a recurrent cell", () => {
  it("is multiplied at each step of a sequence, its weights stored once", () => {
    const [features, units, steps] = [10, 6, 7];
    const w = new TfliteWriter();
    const x = w.tensor({ shape: [1, steps, features], type: "FLOAT32" });
    const matrices = [...Array<number>(4).fill(features), ...Array<number>(4).fill(units)].map((size) => w.tensor(weights([units, size])));
    const biases = [0, 1, 2, 3].map(() => w.tensor(weights([units])));
    const states = [0, 1].map(() => w.tensor({ shape: [1, units], type: "FLOAT32", variable: true }));
    const y = w.tensor({ shape: [1, steps, units], type: "FLOAT32" });
    w.operator({ type: "UNIDIRECTIONAL_SEQUENCE_LSTM", inputs: [x, ...matrices, -1, -1, -1, ...biases, -1, -1, ...states], outputs: [y] });
    const { network, unread } = readTflite(w.write([x], [y]), "m");
    expect(unread).toEqual([]);
    const perStep = 4 * units * (features + units);
    expect(networkCosts(network)).toMatchObject({ macs: steps * perStep, parameters: perStep + 4 * units });
    expect(network.nodes.at(-1)?.output.shape).toEqual([1, steps, units]);
  });
});

describe("the table of formats", () => {
  it("finds the format by the file's name, else by its first bytes", () => {
    const bytes = mlperfTiny[3]?.bytes ?? new Uint8Array();
    expect(readModel(bytes, "ad.tflite").network.nodes).toHaveLength(11);
    expect(readModel(bytes, "ad").network.nodes).toHaveLength(11);
    expect(modelFormats.map(({ name }) => name)).toContain("TensorFlow Lite");
  });
});
