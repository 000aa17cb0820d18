import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { parseQuantity } from "../quantity.ts";
import { withParser } from "./check.ts";
import { parseYaml } from "./yaml.ts";

const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("conv"), kernel: z.union([z.int(), z.array(z.int())]) }),
  z.strictObject({ type: z.literal("pool"), mode: z.enum(["max", "average"]) }),
]);
const schema = z.strictObject({
  name: z.string(),
  budget: withParser(z.string(), (text) => parseQuantity(text, "memory")).optional(),
  epochs: z.int().min(1).default(3),
  stages: z.array(block).min(1),
});

function complaint(text: string): InputError {
  try {
    parseYaml(text, "space.yaml", schema);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("parseYaml", () => {
  it("gives what the schema makes of a good document, with defaults and aliases", () => {
    const text = "name: a\nbudget: 256KiB\nstages:\n  - &c { type: conv, kernel: [3, 5] }\n  - *c\n";
    const conv = { type: "conv", kernel: [3, 5] };
    expect(parseYaml(text, "f", schema)).toEqual({ name: "a", budget: 262144, epochs: 3, stages: [conv, conv] });
  });

  it.each([
    ["an unknown key", "nam: a\nstages: [{type: pool, mode: max}]", [1, 1], /unknown key 'nam'/, /name, budget/, "name"],
    [
      "an unknown nested key",
      "name: a\nstages:\n  - type: conv\n    kernal: 3\n",
      [4, 5],
      /'kernal' in 'stages\[0\]'/,
      /keys type, kernel$/,
      "kernel",
    ],
    [
      "a misspelt value",
      "name: a\nstages:\n  - type: pool\n    mode: averge\n",
      [4, 11],
      /'stages\[0\].mode' is 'averge'/,
      /max, average/,
      "average",
    ],
    ["an unknown block type", "name: a\nstages:\n  - type: cnov\n", [3, 11], /is 'cnov'/, /conv, pool/, "conv"],
    ["a wrong type", "name: 3\nstages: [{type: pool, mode: max}]", [1, 7], /'name' is 3/, /^text$/, undefined],
    [
      "neither branch of a union",
      "name: a\nstages: [{type: conv, kernel: big}]",
      [2, 31],
      /is 'big'/,
      /whole number.*or a list|a number, or a list/,
      undefined,
    ],
    ["a bad entry of a list", "name: a\nstages: [{type: conv, kernel: [3, x]}]", [2, 35], /kernel\[1\]' is 'x'/, /number/, undefined],
    ["too small a number", "name: a\nepochs: 0\nstages: [{type: pool, mode: max}]", [2, 9], /'epochs' is 0/, /at least 1/, undefined],
    ["an empty list", "name: a\nstages: []", [2, 9], /an empty list/, /at least 1 entry$/, undefined],
    ["a missing key", "name: a\nstages:\n  - type: pool\n", [3, 5], /'mode' is missing in 'stages\[0\]'/, /max, average/, undefined],
    [
      "a wrong unit",
      "name: a\nbudget: 256kib\nstages: [{type: pool, mode: max}]",
      [2, 9],
      /'budget': 'kib'/,
      /KiB/,
      /^256[KM]?i?[kK]?i?B$/,
    ],
    ["broken YAML", "name: a\nstages: [", [2, 10], /not valid YAML/, undefined, undefined],
    ["a doubled key", "name: a\nname: b\n", [2, 1], /not valid YAML/, undefined, undefined],
    ["a long text", "word ".repeat(1000), [1, 1], /the document is 'word .{0,60}…'$/m, /mapping/, undefined],
    ["nothing at all", "", [1, 1], /the document is empty/, /mapping/, undefined],
  ] as const)("says where %s stands, what was expected and what to write", (_what, text, [line, column], problem, expected, suggestion) => {
    const error = complaint(text);
    expect(error.place).toEqual({ file: "space.yaml", line, column });
    expect(error.problem).toMatch(problem);
    if (expected) expect(error.expected).toMatch(expected);
    if (suggestion instanceof RegExp) expect(error.suggestion).toMatch(suggestion);
    else expect(error.suggestion).toBe(suggestion);
  });
});
