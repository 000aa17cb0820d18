import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Network, networkCosts, planMemory } from "@archwright/core/ir";
import { describe, expect, it } from "vitest";
import { mlperfTiny } from "./mlperfTiny.fixture.ts";
import { oneOperator, weights } from "./oneOperator.fixture.ts";
import { readTflite } from "./readTflite.ts";
import { optionSlots } from "./schema.ts";
import type { OptionField } from "./writer.fixture.ts";

const outputs = (network: Network) => network.outputs.map((index) => network.nodes[index]?.output);
const inputs = (network: Network) => network.nodes.filter(({ op }) => op.kind === "input").map(({ output }) => output);
const kinds = (network: Network) => network.nodes.map(({ op }) => (op.kind === "opaque" ? op.name : op.kind));
/** Bytes of an arena for the file's order in which nothing shares. */
const arena = (network: Network, reorder: boolean, alignmentBytes = 1) =>
  planMemory(network, { alignmentBytes, reorder, inPlace: false }).arenaBytes;

describe("MLPerf Tiny", () => {
  it.each(mlperfTiny)(
    "$name: shapes, multiply-accumulates and parameters as published",
    ({ name, bytes, input, output, macs, parameters }) => {
      const { network, unread, notes } = readTflite(bytes, name);
      expect({ unread, notes }).toEqual({ unread: [], notes: [] });
      expect(inputs(network)).toEqual([{ shape: input, format: "int8" }]);
      expect(outputs(network)).toEqual([{ shape: output, format: "int8" }]);
      expect(networkCosts(network)).toMatchObject({ macs, parameters });
    },
  );

  it("has weights of one byte and biases of four", () => {
    const { network } = readTflite(mlperfTiny[3]?.bytes as Uint8Array, "ad.tflite");
    // 264,192 weights, and biases for 9 · 128 + 8 − 128 + 640 units.
    expect(networkCosts(network).weightBytes).toBe(264_192 + 4 * (8 * 128 + 8 + 640));
  });
});

/** Graphs whose peaks are published; they are not part of the project. */
const published = fileURLToPath(new URL("../../../../../shared/data/accelerators/", import.meta.url));
const arePublished = existsSync(`${published}vww.tflite`);
if (!arePublished) console.warn(`tests on published models are skipped: there is no ${published}; networks made here are tested`);

describe.skipIf(!arePublished)("a published model", () => {
  const graphs = { swiftnet: "swift", vww: "vww" } as const;
  const model = (name: keyof typeof graphs) => readTflite(readFileSync(`${published}${name}.tflite`), name);
  /** Elements of all stored tensors but lists of whole numbers such as axes, as the graph beside the file lists them. */
  const storedElements = (name: keyof typeof graphs) => {
    const { tensors, ops } = JSON.parse(readFileSync(`${published}${graphs[name]}.json`, "utf8")) as {
      readonly tensors: readonly { readonly shape: readonly number[]; readonly const: boolean }[];
      readonly ops: readonly { readonly kind: string; readonly inputs: readonly number[] }[];
    };
    const layers = ops.filter(({ kind }) => /CONV|FULLY/.test(kind));
    const used = [...new Set(layers.flatMap((op) => op.inputs.slice(1)))].map((index) => tensors[index]);
    return used.reduce((sum, tensor) => sum + (tensor?.shape.reduce((product, size) => product * size, 1) ?? 0), 0);
  };

  it("is read: SwiftNet cell network (Liberis and Lane 2019: 351 KB in the file's order, 301 KB reordered)", () => {
    const { network, unread, notes } = model("swiftnet");
    expect({ unread, notes }).toEqual({ unread: [], notes: [] });
    expect(inputs(network)).toEqual([{ shape: [1, 3, 224, 224], format: "uint8" }]);
    expect(outputs(network)).toEqual([{ shape: [1, 2], format: "uint8" }]);
    expect(networkCosts(network).parameters).toBe(storedElements("swiftnet"));
    for (const alignment of [1, 16]) {
      expect(arena(network, false, alignment)).toBe(351_232);
      expect(arena(network, true, alignment)).toBe(301_056);
    }
  });

  it("is read: mcunet-vww1 (161,472 bytes with its PAD operators, as tflite-tools counts)", () => {
    const { network, unread, notes } = model("vww");
    expect({ unread, notes }).toEqual({ unread: [], notes: [] });
    expect(outputs(network)).toEqual([{ shape: [1, 2], format: "float32" }]);
    expect(kinds(network).filter((kind) => kind === "pad")).toHaveLength(4);
    expect(networkCosts(network).parameters).toBe(storedElements("vww"));
    expect(arena(network, true)).toBe(161_472);
  });
});

describe("a convolution", () => {
  const conv = (size: number, kernel: number, stride: number, padding: 0 | 1, dilation = 1) => {
    const slots = optionSlots.conv2d;
    const fields: OptionField[] = [
      { slot: slots.padding, byte: padding },
      { slot: slots.strideH, int: stride },
      { slot: slots.strideW, int: stride },
      { slot: slots.dilationH, int: dilation },
      { slot: slots.dilationW, int: dilation },
    ];
    const side = padding === 0 ? Math.ceil(size / stride) : Math.ceil((size - dilation * (kernel - 1)) / stride);
    return oneOperator("CONV_2D", [{ shape: [1, size, size, 4] }], [weights([6, kernel, kernel, 2])], [{ shape: [1, side, side, 6] }], {
      table: "conv2d",
      fields,
    });
  };

  it("pads as SAME does, the odd row at the end, and has groups where its weights see fewer channels", () => {
    const { network, notes } = readTflite(conv(8, 3, 2, 0), "m");
    expect(network.nodes[1]?.op).toMatchObject({ kind: "conv2d", padding: [0, 0, 1, 1], groups: 2, kernel: [3, 3], bias: false });
    expect(notes).toEqual([]);
  });

  it.each([
    [8, 3, 1, 0, 1],
    [9, 5, 2, 0, 1],
    [7, 4, 3, 0, 1],
    [9, 3, 1, 1, 2],
    [11, 3, 2, 1, 1],
    [12, 3, 2, 0, 2],
  ] as const)(
    "has the size that the file states: %s, kernel %s, stride %s, padding %s, dilation %s",
    (size, kernel, stride, padding, dilation) => {
      expect(readTflite(conv(size, kernel, stride, padding, dilation), "m").notes).toEqual([]);
    },
  );
});
