import fc from "fast-check";
import { expect, it } from "vitest";
import { packedCount, visitPacked } from "./packedTensors.ts";
import { dataTypes, decodeModel, decodePackedModel, encodeModel, type TensorProto } from "./proto.ts";

const tensorOf = (tensor: TensorProto) => encodeModel({ graph: { initializer: [tensor] } });

const unpacked = ({ graph }: ReturnType<typeof decodePackedModel>) => {
  const [tensor] = graph?.initializer ?? [];
  const values: number[] = [];
  if (!tensor?.packed) return { count: 0, values };
  visitPacked(tensor.packed, (value) => {
    values.push(value);
    return true;
  });
  return { count: packedCount(tensor.packed), values };
};

it("packed tensors hold the numbers that unpacked ones do", () => {
  const lists = {
    floatData: fc.array(fc.float({ noNaN: true })),
    doubleData: fc.array(fc.double({ noNaN: true })),
    int32Data: fc.array(fc.integer()),
    int64Data: fc.array(fc.maxSafeInteger()),
  };
  fc.assert(
    fc.property(
      fc.oneof(...Object.entries(lists).map(([name, list]) => list.map((values): [string, readonly number[]] => [name, values]))),
      ([name, values]) => {
        const bytes = tensorOf({ name: "t", dims: [values.length], dataType: dataTypes.float32, [name]: values });
        const [plain] = decodeModel(bytes).graph?.initializer ?? [];
        expect(unpacked(decodePackedModel(bytes))).toEqual({ count: values.length, values: plain?.[name as "floatData"] ?? [] });
      },
    ),
  );
});

it("numbers that were not packed are read too, and fields that are not known are skipped", () => {
  // name "t", dims 2, two floats each with its own tag, a field 99.
  const tensor = new Uint8Array([0x42, 1, 0x74, 0x08, 2, 0x25, 0, 0, 0x80, 0x3f, 0x25, 0, 0, 0, 0x40, 0x98, 0x06, 7]);
  const graph = new Uint8Array([0x2a, tensor.length, ...tensor]);
  expect(unpacked(decodePackedModel(new Uint8Array([0x3a, graph.length, ...graph])))).toEqual({ count: 2, values: [1, 2] });
});

it("a tensor that is cut off is an error", () => {
  const bytes = tensorOf({ name: "t", dims: [1], dataType: 1, floatData: [1] });
  expect(() => decodePackedModel(bytes.slice(0, -2))).toThrow();
});
