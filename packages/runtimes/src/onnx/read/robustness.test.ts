/**
 * Whatever a file holds, reading it ends soon with a network or in words. `npm test` tries 500 files, the full tier 10,000;
 * FUZZ_SEED chooses others.
 */
import { createRng, InputError } from "@archwright/core/base";
import { verifyNetwork } from "@archwright/core/ir";
import { expect, it } from "vitest";
import { encodeModel, type GraphProto } from "../proto.ts";
import { hostileFile } from "./hostile.fixture.ts";
import { readOnnx } from "./readOnnx.ts";

const full = process.env.MODE === "full";
const count = full ? 10_000 : 500;
const first = Number(process.env.FUZZ_SEED ?? 1) * 1_000_000;
/** Of one file. */
const limits = { milliseconds: 2000, bytes: 512 * 2 ** 20 };

/** Reads a file: what it is, and how long that took and how large the heap was. */
function tried(bytes: Uint8Array) {
  const started = performance.now();
  const before = process.memoryUsage().heapUsed;
  let error: unknown;
  try {
    verifyNetwork(readOnnx(bytes, "hostile.onnx").network);
  } catch (caught) {
    error = caught;
  }
  return { error, milliseconds: performance.now() - started, bytes: process.memoryUsage().heapUsed - before };
}

const isClear = ({ message }: Error) => /^hostile\.onnx: .+/.test(message) && message.length < 4000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/;

it(`${count} damaged and hostile files: a network or clear words, soon and in little memory`, { timeout: 600_000 }, () => {
  let networks = 0;
  for (let seed = first; seed < first + count; seed++) {
    const { error, milliseconds, bytes } = tried(hostileFile(createRng(seed)));
    const which = `seed ${seed}`;
    if (error === undefined) networks++;
    else {
      if (!(error instanceof InputError)) throw new Error(`${which}: ${(error as Error).stack}`);
      expect(isClear(error), `${which}: ${error.message}`).toBe(true);
      expect(controls.test(error.message), `${which}: ${error.message}`).toBe(false);
    }
    if (!full) continue;
    expect(milliseconds, which).toBeLessThan(limits.milliseconds);
    expect(bytes, which).toBeLessThan(limits.bytes);
  }
  expect(networks).toBeGreaterThan(count / 20);
});

const read = (graph: GraphProto, more: object = {}) =>
  readOnnx(encodeModel({ opsetImport: [{ version: 17 }], graph, ...more }), "hostile.onnx");
const image = { name: "x", type: { tensorType: { elemType: 1, shape: { dim: [1, 3, 8, 8].map((dimValue) => ({ dimValue })) } } } };
const ends = { input: [image], output: [{ name: "y" }] };

it("a cycle is refused with the nodes in it", () => {
  const node = [
    { opType: "Add", name: "first", input: ["x", "c"], output: ["a"] },
    { opType: "Relu", name: "second", input: ["a"], output: ["b"] },
    { opType: "Relu", name: "third", input: ["b"], output: ["c"] },
    { opType: "Relu", name: "last", input: ["c"], output: ["y"] },
  ];
  expect(() => read({ ...ends, node })).toThrow(
    /'first' \(Add\) ← 'third' \(Relu\) ← 'second' \(Relu\) ← 'first' \(Add\)[\s\S]*without cycles/,
  );
});

it("functions that call themselves, or stand for billions of nodes, are refused", () => {
  const called = (name: string, calls: readonly string[]) => ({
    domain: "own",
    name,
    input: ["x"],
    output: ["y"],
    node: calls.map((opType, i) => ({
      opType,
      domain: "own",
      input: [i === 0 ? "x" : `t${i - 1}`],
      output: [i === calls.length - 1 ? "y" : `t${i}`],
    })),
  });
  const node = [{ opType: "f0", domain: "own", name: "call", input: ["x"], output: ["y"] }];
  expect(() => read({ ...ends, node }, { functions: [called("f0", ["f1"]), called("f1", ["f0"])] })).toThrow(
    /\(f0\): the function calls itself/,
  );
  const bomb = Array.from({ length: 40 }, (_, i) => called(`f${i}`, [`f${i + 1}`, `f${i + 1}`]));
  expect(() => read({ ...ends, node }, { functions: bomb })).toThrow(/more than 100000 nodes once its functions are written out/);
});

it("names are shown without control characters, and not at any length", () => {
  const named = (name: string) => ({ ...ends, node: [{ opType: "Relu", name, input: ["absent"], output: ["y"] }] });
  expect(() => read(named("\u001b[31mred\u202e"))).toThrow("node '\ufffd[31mred\ufffd' (Relu): it reads 'absent'");
  expect(() => read(named("n".repeat(5000)))).toThrow(`node '${"n".repeat(120)}…' (Relu)`);
});

it("a tensor that no computer holds is refused", () => {
  const node = [
    { opType: "ConstantOfShape", name: "big", input: ["s"], output: ["z"] },
    { opType: "Add", name: "sum", input: ["x", "z"], output: ["y"] },
  ];
  const initializer = [{ name: "s", dims: [2], dataType: 7, int64Data: [2 ** 40, 2 ** 40] }];
  expect(() => read({ ...ends, node, initializer })).toThrow(/\((Add|ConstantOfShape)\): (its result has the shape|\[)/);
});
