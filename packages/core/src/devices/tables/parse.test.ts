import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import { publishedTables } from "../../testing/publishedTables.fixture.ts";
import { parseTable, tableColumn } from "./index.ts";

const complaint = (text: string): InputError => {
  try {
    const table = parseTable(text, "t.csv");
    for (const name of table.columns.keys()) tableColumn(table, name);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
};

describe("parseTable", () => {
  it("reads numbers by architecture and column, empty cells as unknown", () => {
    const table = parseTable("architecture,cpu,gpu\r\na,1.5,\r\nb,2e3,-4\r\n", "t.csv");
    expect(table.architectures).toEqual(["a", "b"]);
    expect([...table.columns.keys()]).toEqual(["cpu", "gpu"]);
    expect([...tableColumn(table, "cpu")]).toEqual([1.5, 2000]);
    expect([...tableColumn(table, "gpu")]).toEqual([Number.NaN, -4]);
  });

  it("reads quoted architectures that hold commas, quotes and line ends", () => {
    const table = parseTable('\uFEFFarchitecture,cpu\n"a,b",1\n"say ""c""",2\n"d\ne",3\n', "t.csv");
    expect(table.architectures).toEqual(["a,b", 'say "c"', "d\ne"]);
    expect([...tableColumn(table, "cpu")]).toEqual([1, 2, 3]);
  });

  it("gives the same with and without quotes", () => {
    const word = fc.stringMatching(/^[a-z0-9|~+-]{1,8}$/);
    const cell = fc.oneof(fc.constant(""), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 6 }),
        fc.array(cell, { minLength: 12, maxLength: 12 }),
        (names, cells) => {
          const rows = names.map((name, i) => [name, cells[2 * i] as string, cells[2 * i + 1] as string]);
          const plain = ["architecture,x,y", ...rows.map((row) => row.join(","))].join("\n");
          const quoted = ['"architecture","x","y"', ...rows.map((row) => row.map((text) => `"${text}"`).join(","))].join("\n");
          expect(parseTable(plain, "t.csv")).toEqual(parseTable(quoted, "t.csv"));
        },
      ),
    );
  });

  it.each([
    ["a missing header", "a,1\nb,2\n", [1, 1], /first column is 'a'/],
    ["an empty file", "", [1, 1], /table is empty/],
    ["a column without a name", "architecture,x,\na,1,2\n", [1, 16], /column 3 has no name/],
    ["a doubled column", "architecture,x,x\na,1,2\n", [1, 16], /two columns are called 'x'/],
    ["a doubled architecture", "architecture,x\na,1\nb,2\na,3\n", [4, 1], /'a' stands in the table twice/],
    ["a cell that is no number", "architecture,x,y\na,1,2\n\nb,3,fast\n", [4, 5], /'fast' in column 'y'/],
    ["an infinite cell", "architecture,x\na,Infinity\n", [2, 3], /'Infinity'/],
    ["a short row", "architecture,x,y\na,1\n", [2, 3], /2 cells/],
    ["a long row", "architecture,x\na,1,2\n", [2, 3], /3 cells/],
    ["an empty architecture", "architecture,x\n,1\n", [2, 1], /architecture is empty/],
    ["a bad cell behind quotes", 'architecture,x\n"a,\nb",oops\n', [3, 4], /'oops'/],
  ] as const)("says where %s stands", (_what, text, [line, column], problem) => {
    const error = complaint(text);
    expect(error.problem).toMatch(problem);
    expect(error.place).toEqual({ file: "t.csv", line, column });
  });

  it("says in which line a quote is left open", () => {
    expect(complaint('architecture,x\n"a,1\n').message).toMatch(/^t\.csv:\d+: not valid CSV/);
  });
});

it("tableColumn names the nearest column", () => {
  const table = parseTable("architecture,pixel3,titanx\na,1,2\n", "t.csv");
  expect(() => tableColumn(table, "pixel_3")).toThrow(/write instead: pixel3/);
});

describe.each(publishedTables("nasbench201"))("the published NAS-Bench-201 latencies, $label", ({ label, folder }) => {
  it("are read whole", () => {
    const table = parseTable(readFileSync(`${folder}latency.csv`, "utf8"), "latency.csv");
    const [rows, columns, first] = label === "excerpt" ? [625, 13, 12.9003] : [15_625, 21, 10.7544];
    expect(table.architectures.length).toBe(rows);
    expect(table.columns.size).toBe(columns);
    expect(tableColumn(table, "1080ti_1")[0]).toBe(first);
  });
});
