import { describe, expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import { nasbench201 } from "../../spaces/index.ts";
import { accuracyColumn, latencyColumn, parseTable, tableColumn, tableOfSpace, withoutConstants } from "./index.ts";

const tableOf = (...cells: readonly (string | number)[]) =>
  parseTable(`architecture,x\n${cells.map((cell, i) => `a${i},${cell}`).join("\n")}\n`, "t.csv");
const complaint = (act: () => unknown): InputError => {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
};

describe("latencies of a table", () => {
  it("are unknown where no measurement can be: empty, zero, below a hundredth of the median; counts are said", () => {
    const { values, warnings } = latencyColumn(tableOf(10, "", 0, 0, 0.0033, 12, 9), "x");
    expect([...values]).toEqual([10, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 12, 9]);
    expect(warnings).toEqual([
      "2 latencies of 'x' are 0 and count as unknown.",
      "1 latency of 'x' is below 0.045 ms, a hundredth of the column's median, and counts as unknown.",
    ]);
  });

  it("do not depend on the unit", () => {
    const of = (scale: number) => latencyColumn(tableOf(...[10, 0.05, 12, 9, 700].map((value) => value * scale)), "x").values;
    for (const scale of [0.001, 1000]) expect(of(scale).map(Number.isNaN as never)).toEqual(of(1).map(Number.isNaN as never));
  });

  it("are refused where one is negative, with its line", () => {
    const error = complaint(() => latencyColumn(tableOf(10, -3), "x"));
    expect(error.message).toMatch(/^t\.csv:3: the latency of 'a1' on 'x' is -3\n {2}expected: a positive number/);
  });

  it("of networks that do nothing are unknown where they are below those of all others", () => {
    const none = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    const dead = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|none~2|";
    const skip = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|";
    const path = "|nor_conv_1x1~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|avg_pool_3x3~2|";
    const table = parseTable(`architecture,x\n${none},0.5\n${dead},2\n${skip},1\n${path},3\n`, "t.csv");
    const { values, warnings } = withoutConstants(table, "x", latencyColumn(table, "x"), nasbench201());
    expect([...values]).toEqual([Number.NaN, 2, 1, 3]);
    expect(warnings).toEqual([
      "1 latency of 'x' is of a network whose output does not depend on its input, below those of all others, and counts as unknown.",
    ]);
  });
});

describe("accuracies of a table", () => {
  it.each([101, -0.5, 1e6])("are refused where one is %d", (value) => {
    expect(complaint(() => accuracyColumn(tableOf(50, value), "x", undefined, "")).message).toMatch(/^t\.csv:3: .*\n {2}expected: percent/);
  });

  it("that look like fractions are refused with how to say that they are, and then read as percent", () => {
    const table = tableOf(0.07, 0.931, "");
    expect(complaint(() => accuracyColumn(table, "x", undefined, "unit: fraction")).message).toContain("write instead: unit: fraction");
    expect([...accuracyColumn(table, "x", "fraction", "").values]).toEqual([7, 93.1, Number.NaN]);
    expect([...accuracyColumn(table, "x", "percent", "").values]).toEqual([0.07, 0.931, Number.NaN]);
    expect(complaint(() => accuracyColumn(tableOf(0.5, 50), "x", "fraction", "")).problem).toContain("is 50");
  });
});

describe("a cell that is no number", () => {
  it.each([
    ["3 ms", "without a unit", "3"],
    ["1.5e3ms", "without a unit", "1.5e3"],
    ["95%", "without a unit", "95"],
    ['"1,5"', "decimal point", "1.5"],
    ["NaN", "empty cell", undefined],
    ["inf", "empty cell", undefined],
    ["-Infinity", "empty cell", undefined],
    ["n/a", "empty cell", undefined],
    ["0x10", "finite number", undefined],
    ["fast", "finite number", undefined],
  ])("%s is refused where its column is used, with what to write", (cell, expected, suggestion) => {
    const table = parseTable(`architecture,x,y\na,1,2\nb,${cell},3\n`, "t.csv");
    expect([...tableColumn(table, "y")]).toEqual([2, 3]);
    const error = complaint(() => tableColumn(table, "x"));
    expect(error.place).toEqual({ file: "t.csv", line: 3, column: 3 });
    expect(error.expected).toContain(expected);
    expect(error.suggestion).toBe(suggestion);
  });
});

describe("the file of a table", () => {
  it.each([
    ["semicolons", "architecture;x;y\na;1;2\n", "write instead: architecture,x,y"],
    ["tabs", "architecture\tx\na\t1\n", "write instead: architecture,x"],
  ])("with %s between the cells is refused by that name", (name, text, says) => {
    const { message } = complaint(() => parseTable(text, "t.csv"));
    expect(message).toContain(`separated by ${name}`);
    expect(message).toContain(says);
  });

  it("may have blanks around cells, empty rows, and line ends of any system", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const table = parseTable(["architecture, my phone (ms) ,y", " a , 1 , 2 ", ",,", "", "b,3,4"].join(end), "t.csv");
      expect(table.architectures).toEqual(["a", "b"]);
      expect([...tableColumn(table, "my phone (ms)")]).toEqual([1, 3]);
      expect(table.lines).toEqual([2, 5]);
    }
  });

  it.each([
    ["a decimal comma", "architecture,x\na,1,5\n", /2 cells.*decimal point/],
    ["no rows", "architecture,x\n", /no rows[\s\S]*expected: a row/],
    ["no columns", "architecture\na\n", /only column/],
  ])("with %s is refused", (_, text, says) => expect(complaint(() => parseTable(text, "t.csv")).message).toMatch(says));
});

describe("rows as architectures of a space", () => {
  /** Numbers, of which `007` is written `7`. */
  const space = {
    name: "numbers",
    parse: (text: string) => {
      if (!/^\d+$/.test(text)) throw new InputError(`'${text}' is not a number`, { expected: "digits" });
      return Number(text);
    },
    format: String,
  };
  const read = (...names: readonly string[]) =>
    tableOfSpace(parseTable(`architecture,x\n${names.map((name, i) => `${name},${i}`).join("\n")}\n`, "t.csv"), space);

  it("are found under their canonical texts, and the others are counted and named", () => {
    const { table, warnings } = read("1", "foo", "007", "b", "c", "d");
    expect(table.architectures).toEqual(["1", "7"]);
    expect(table.lines).toEqual([2, 4]);
    expect([...tableColumn(table, "x")]).toEqual([0, 2]);
    expect(warnings).toEqual([
      "t.csv: 4 rows of 6 are no architectures of the space 'numbers' and are left out: 'foo' (line 3), 'b' (line 5), 'c' (line 6), …",
      "t.csv: rows not written canonically are read all the same, 1 in number: '007' (line 4).",
    ]);
  });

  it("are refused where none is of the space, and where two are the same", () => {
    expect(complaint(() => read("foo", "bar")).message).toMatch(/^t\.csv:2: none of the 2 rows is an architecture of the space 'numbers'/);
    expect(complaint(() => read("7", "007")).message).toMatch(/^t\.csv:3: '7' stands in the table twice\n.*line 2/);
  });
});
