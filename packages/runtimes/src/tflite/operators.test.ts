import { type Network, networkCosts, type Shape } from "@archwright/core/ir";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ints, oneOperator } from "./oneOperator.fixture.ts";
import { modelOf, operatorCases } from "./operatorCases.fixture.ts";
import { readTflite } from "./readTflite.ts";
import { optionSlots } from "./schema.ts";
import { TfliteWriter } from "./writer.fixture.ts";

const kinds = (network: Network) => network.nodes.map(({ op }) => (op.kind === "opaque" ? op.name : op.kind));
const result = ({ nodes, outputs }: Network, o = 0) => nodes[outputs[o] as number];
const totals = (network: Network) => {
  const { macs, parameters, weightBytes } = networkCosts(network);
  return { macs, parameters, weightBytes };
};
const count = (shape: Shape) => shape.reduce((product, size) => product * size, 1);

describe("an operator", () => {
  const all = operatorCases.map((one) => ({ type: one[0], given: one[1], results: one[3], expected: one[4], bytes: modelOf(one) }));
  // The reader infers shapes without looking at those that the file states, and says so where they differ.
  it.each(all)("$type of $given.0.shape is read", ({ bytes, results, expected }) => {
    const { network, unread, notes } = readTflite(bytes, "m");
    expect(unread).toEqual([]);
    expect(notes.filter((note) => note.includes("file states"))).toEqual([]);
    results.forEach((shape, o) => {
      expect(count(result(network, o)?.output.shape ?? [])).toBe(count(shape));
    });
    if (expected.kinds) expect(kinds(network)).toEqual(expected.kinds);
    const { macs, parameters } = totals(network);
    expect({ macs, parameters }).toEqual({ macs: expected.macs ?? macs, parameters: expected.parameters ?? parameters });
  });
});

/** What NumPy gives of begin:end:stride, entry by entry. */
function pythonSlice(size: number, begin: number, end: number, stride: number): number {
  const [least, most] = stride > 0 ? [0, size] : [-1, size - 1];
  const clamp = (value: number) => Math.min(most, Math.max(least, value < 0 ? value + size : value));
  let taken = 0;
  for (let i = clamp(begin); stride > 0 ? i < clamp(end) : i > clamp(end); i += stride) taken++;
  return taken;
}

describe("axes", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

  it("are permuted as the file says, whether or not a tensor lies as an image", () => {
    fc.assert(
      fc.property(
        shapes.chain((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.shuffledSubarray(
              shape.map((_, i) => i),
              { minLength: shape.length },
            ),
          ),
        ),
        fc.boolean(),
        ([shape, permutation], pooled) => {
          const permuted = permutation.map((axis) => shape[axis] as number);
          const w = new TfliteWriter();
          const x = w.tensor({ shape, type: "FLOAT32" });
          const y = w.tensor({ shape: permuted, type: "FLOAT32" });
          w.operator({ type: "TRANSPOSE", inputs: [x, w.int32s(permutation)], outputs: [y] });
          const asImage = pooled && shape.length === 4;
          const z = w.tensor({ shape: permuted, type: "FLOAT32" });
          const fields = [1, 2, 3, 4].map((slot) => ({ slot, int: 1 }));
          if (asImage) w.operator({ type: "MAX_POOL_2D", inputs: [y], outputs: [z], options: { table: "pool2d", fields } });
          const { network, notes } = readTflite(w.write([x], [asImage ? z : y]), "m");
          expect(notes).toEqual([]);
          const [n, h, width, c] = permuted;
          expect(result(network)?.output.shape).toEqual(asImage ? [n, c, h, width] : permuted);
          expect(network.nodes[0]?.output.shape).toEqual(shape);
        },
      ),
    );
  });

  it("are cut by strided slices as Python cuts them", () => {
    const range = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: -7, max: 7 }),
      fc.integer({ min: -7, max: 7 }),
      fc.constantFrom(1, 2, -1, -2),
    );
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 4 }), (ranges) => {
        const taken = ranges.map(([size, begin, end, stride]) => pythonSlice(size, begin, end, stride));
        fc.pre(taken.every((entries) => entries > 0));
        const stored = [
          ints(...ranges.map(([, begin]) => begin)),
          ints(...ranges.map(([, , end]) => end)),
          ints(...ranges.map(([, , , stride]) => stride)),
        ];
        const bytes = oneOperator("STRIDED_SLICE", [{ shape: ranges.map(([size]) => size) }], stored, [{ shape: taken }]);
        const { network, notes } = readTflite(bytes, "m");
        expect(notes).toEqual([]);
        expect(result(network)?.output.shape).toEqual(taken);
      }),
    );
  });

  it("of strided slices may be new, dropped or left out", () => {
    const slots = optionSlots.stridedSlice;
    const stored = [ints(0, 1, 2), ints(0, 2, 5), ints(1, 1, 1)];
    const fields = [
      { slot: slots.ellipsis, int: 1 },
      { slot: slots.shrink, int: 2 },
      { slot: slots.end, int: 4 },
    ];
    const bytes = oneOperator("STRIDED_SLICE", [{ shape: [2, 3, 4, 5] }], stored, [{ shape: [2, 3, 3] }], {
      table: "stridedSlice",
      fields,
    });
    expect(result(readTflite(bytes, "m").network)?.output.shape).toEqual([2, 3, 3]);
  });
});
