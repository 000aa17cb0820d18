import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../onnx/graphBuilder.ts";
import { modelFormats, namesModel, readModel } from "./index.ts";

function smallest(): Uint8Array {
  const g = new GraphBuilder();
  g.output(g.op("Relu", [g.input("x", [1, 3])]), "y", [1, 3]);
  return g.encode({ name: "small" });
}

describe("model files", () => {
  it("are told by their endings, or by how they begin", () => {
    expect(["a/b.onnx", "B.ONNX", "x.tflite"].map(namesModel)).toEqual([true, true, true]);
    expect(["a.onnx.gz", "a.yaml", "onnx"].map(namesModel)).toEqual([false, false, false]);
    expect(readModel(smallest(), "no-ending").network.nodes).toHaveLength(2);
  });

  it("of other kinds are named, with what to do", () => {
    const text = (content: string) => new TextEncoder().encode(content);
    expect(() => readModel(gzipSync(smallest()), "m.onnx.gz")).toThrow(
      /^m\.onnx\.gz: this is no model: this is compressed \(gzip\)[\s\S]*gunzip/,
    );
    expect(() => readModel(text("PK\u0003\u0004data.pkl"), "m.pt")).toThrow(
      /m\.pt: this is no model: this is a zip archive[\s\S]*torch\.onnx\.export/,
    );
    expect(() => readModel(new Uint8Array([1, 2, 3]), "m.bin")).toThrow(
      /m\.bin: this is no model\n {2}expected: a model of the format ONNX or/,
    );
  });

  it("list every operator once", () => {
    for (const { operators } of modelFormats) expect(new Set(operators).size).toBe(operators.length);
  });
});
