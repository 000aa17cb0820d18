/** Models of others that are not part of the project: those of the ONNX project's and libonnx's tests, and small ones that showed faults. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { InputError } from "@archwright/core/base";
import { networkCosts } from "@archwright/core/ir";
import { describe, expect, it } from "vitest";
import { decodeModel } from "../proto.ts";
import { kinds } from "./models.fixture.ts";
import { readOnnx } from "./readOnnx.ts";

const shared = fileURLToPath(new URL("../../../../../../shared/", import.meta.url));
const archive = `${shared}data/onnx-models/conformance.tar.gz`;
const cases = `${shared}cases/onnx/`;
for (const path of [archive, cases])
  if (!existsSync(path)) console.warn(`tests on the models of others are skipped: there is no ${path}; models made here are tested`);

const text = new TextDecoder();

/** The files of a tar archive (POSIX.1-1988 with GNU's long names). */
function* filesOf(tar: Uint8Array): Generator<readonly [name: string, bytes: Uint8Array]> {
  const field = (at: number, size: number) => text.decode(tar.subarray(at, at + size)).replace(/\0.*$/s, "");
  let long: string | undefined;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(field(at + 124, 12), 8);
    const bytes = tar.subarray(at + 512, at + 512 + size);
    const prefix = field(at + 345, 155);
    if (field(at + 156, 1) === "L") long = text.decode(bytes).replace(/\0.*$/s, "");
    else {
      yield [long ?? (prefix ? `${prefix}/` : "") + field(at, 100), bytes];
      long = undefined;
    }
    at += 512 + 512 * Math.ceil(size / 512);
  }
}

describe.skipIf(!existsSync(archive))("the conformance models", () => {
  /** Whether the outputs have the shapes that the file states, where it states them. */
  function asStated(bytes: Uint8Array): boolean {
    const { network } = readOnnx(bytes, "model.onnx");
    const stated = (decodeModel(bytes).graph?.output ?? []).map(({ type }) => type?.tensorType?.shape?.dim);
    return stated.every((dimensions, i) => {
      const shape = network.nodes[network.outputs[i] ?? -1]?.output.shape;
      return (
        !dimensions ||
        (shape?.length === dimensions.length && dimensions.every(({ dimValue = 0 }, axis) => dimValue === 0 || dimValue === shape[axis]))
      );
    });
  }

  it("are read with the shapes that they state, or refused with node and operator", () => {
    const counts = { models: 0, asStated: 0, refused: 0 };
    const wrong: string[] = [];
    for (const [name, bytes] of filesOf(gunzipSync(readFileSync(archive)))) {
      if (!name.endsWith(".onnx")) continue;
      counts.models++;
      try {
        if (asStated(bytes)) counts.asStated++;
        else wrong.push(name);
      } catch (error) {
        expect(error, name).toBeInstanceOf(InputError);
        expect((error as Error).message, name).toMatch(/node '.+' \(\w+\)/);
        counts.refused++;
      }
    }
    // One reads the size 0 of an input, which its file leaves out, as one that is left open.
    expect(wrong).toEqual([expect.stringContaining("test_reshape_allowzero_reordered")]);
    expect(counts).toEqual({ models: 1765, asStated: 1714, refused: 50 });
  });
});

describe.skipIf(!existsSync(cases))("small models that showed faults", () => {
  const read = (name: string, input = {}) => readOnnx(readFileSync(`${cases}${name}.onnx`), `${name}.onnx`, { strict: true, input });

  it("have the parameters that they store", () => {
    expect(networkCosts(read("shared-conv").network).parameters).toBe(2304);
    expect(networkCosts(read("shared-embedding").network).parameters).toBe(128_000);
  });

  it("have the operators that they stand for", () => {
    expect(kinds(read("rms-div").network)).toEqual(["rmsNorm"]);
    expect(kinds(read("local-function").network)).toEqual(["conv2d", "relu", "conv2d", "relu"]);
    expect(kinds(read("rsqrt-constant").network)).toEqual(["constant", "mul"]);
    expect(kinds(read("leaky-resize").network)).toEqual(["conv2d", "opaque", "opaque", "conv2d"]);
    for (const type of ["DepthToSpace", "Exp", "LRN", "LeakyRelu"]) {
      expect(read(`ops-${type}`).network.nodes.at(-1)?.op).toMatchObject({ kind: "opaque", name: type, estimated: false });
    }
    expect(read("unsorted").notes).toHaveLength(1);
    // 192 KiB for the hard-swish's input and output in int8.
    expect(read("hswish-unfused").network.nodes.find(({ op }) => op.kind === "activation")?.output.shape).toEqual([1, 96, 32, 32]);
  });

  it("take sizes that they leave open", () => {
    expect(() => read("dynamic-hw")).toThrow(/--input H=224/);
    expect(read("dynamic-hw", { named: { H: 32, W: 24 } }).network.nodes[0]?.output.shape).toEqual([1, 3, 32, 24]);
    expect(read("dynamic-hw", { shape: [1, 3, 16, 16] }).network.nodes[0]?.output.shape).toEqual([1, 3, 16, 16]);
  });
});
