/** Tables of latencies and accuracies through the command line: what is read, what is refused, and searches over what they know. */
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createRng, createSpace, fbnet, nasbench201, parseSpaceYaml } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { createFolder, root } from "./support/cli.ts";
import { casesOf } from "./support/tier.ts";

const folder = createFolder();
const rng = createRng("rows");
const names = Array.from({ length: 20 }, () => fbnet().format(fbnet().sample(rng)));
const csv = (lat: (i: number) => string | number = (i) => 10 + i, acc: (i: number) => string | number = (i) => 60 + i) =>
  `architecture,lat,acc\n${names.map((name, i) => `${name},${lat(i)},${acc(i)}\n`).join("")}`;
const yaml = (file: string, space = "fbnet") => `name: over
accuracy: { file: ${file}, column: acc }
space: ${space}
devices: [{ name: phone, latency_table: { file: ${file}, column: lat } }]
objectives: [error, latency@phone]
search: { evaluations: 30 }
`;
let count = 0;
/** Writes a table and an experiment over it, and searches. */
async function search(table: string | Uint8Array, ...args: readonly string[]) {
  const name = `t${++count}.csv`;
  folder.write(name, table);
  folder.write(`${name}.yaml`, yaml(name));
  return folder.run("search", `${name}.yaml`, ...args);
}
const bench = (accuracy: string, column: string, latency: string, space: string, ...more: readonly string[]) =>
  folder.run(
    "bench",
    "search",
    "--space",
    space,
    "--accuracy",
    accuracy,
    "--accuracy-column",
    column,
    "--latency",
    latency,
    "--latency-column",
    "lat",
    ...more,
  );

describe.concurrent("a search over a table that does not cover its space", () => {
  it("evaluates the rows of the table, each once, and says so", async () => {
    const { code, stdout, stderr } = await search(csv(), "--json");
    expect(code, stderr).toBe(0);
    const { trials, summary } = JSON.parse(stdout);
    expect(summary).toMatchObject({ candidates: 20, evaluations: 20, reason: "exhausted", failures: {} });
    expect(trials).toHaveLength(20);
    for (const { architecture } of trials) expect(names).toContain(architecture);
    expect(stderr).toContain("the tables know 20 of the 9.85e+20 architectures of 'fbnet'");
  });

  it("stops before it begins where the tables know nothing together", async () => {
    const { code, stderr } = await search(
      csv(
        (i) => (i < 10 ? i + 1 : ""),
        (i) => (i < 10 ? "" : 50),
      ),
    );
    expect(code).toBe(2);
    expect(stderr).toContain("know no architecture of the space 'fbnet' together: the latency on phone of 10, the accuracy of 10");
    expect(stderr).not.toContain("run over");
  });

  it("is benchmarked over its rows", async () => {
    folder.write("b.csv", csv());
    const { code, stdout } = await bench("b.csv", "acc", "b.csv", "fbnet");
    expect(code).toBe(0);
    expect(stdout).toMatch(/100 +1\.0000/);
  });
});

describe.concurrent("a table", () => {
  const utf16 = Buffer.from(`\uFEFF${csv()}`, "utf16le");
  it.each(
    casesOf([
      ["packed with gzip", gzipSync(csv()), ""],
      ["in UTF-16", utf16, ""],
      ["with a latency of 0, as unknown", csv((i) => (i === 3 ? 0 : 10 + i)), "1 latency of 'lat' is 0 and counts as unknown"],
      [
        "with a row that is no architecture",
        `${csv()}foo,1,2\n`,
        "1 row of 21 is no architecture of the space 'fbnet' and is left out: 'foo' (line 22)",
      ],
    ]),
  )("%s is read", async (_, table, says) => {
    const { code, stderr } = await search(table);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(says);
  });

  it.each(
    casesOf([
      ["with a negative latency", csv((i) => (i === 3 ? -3 : 10 + i)), [".csv:5: ", "is -3"]],
      ["with accuracies as fractions", csv(undefined, (i) => i / 100), ["look like fractions", "unit: fraction }"]],
      ["with accuracies above 100", csv(undefined, (i) => 90 + i), [".csv:13: ", "percent"]],
      ["with semicolons", csv().replaceAll(",", ";"), ["separated by semicolons", "write instead: architecture,lat,acc"]],
      ["with units", csv((i) => `${i} ms`), [".csv:2:", "'0 ms' in column 'lat'", "write instead: 0"]],
      ["in Windows-1252", Buffer.from(`${csv()}caf\xe9,1,2\n`, "latin1"), [".csv:22: ", "UTF-8"]],
      ["of damaged gzip", gzipSync(csv()).subarray(0, 200), ["gzip data is damaged"]],
      ["of another space", csv().replaceAll("-", "+"), ["none of the 20 rows is an architecture of the space 'fbnet'"]],
    ]),
  )("%s is refused before a run begins, without a stack trace", async (_, table, says) => {
    const { code, stderr } = await search(table);
    expect(code, stderr).toBe(2);
    for (const text of says) expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr).not.toContain("run over");
  });

  it("of more text than fits is refused with how to make it smaller", async () => {
    const file = join(folder.path, "large.csv");
    writeFileSync(file, csv());
    const handle = openSync(file, "r+");
    ftruncateSync(handle, 600e6);
    closeSync(handle);
    folder.write("large.yaml", yaml("large.csv"));
    const { code, stderr } = await folder.run("search", "large.yaml");
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/large\.csv: the table has more than 500 MB[\s\S]*write instead: cut -d , -f 1-3/);
  });

  it("with accuracies as fractions is read where the unit says so", async () => {
    folder.write(
      "fraction.csv",
      csv(undefined, (i) => (60 + i) / 100),
    );
    folder.write("fraction.yaml", yaml("fraction.csv").replace("column: acc }", "column: acc, unit: fraction }"));
    const { trials } = (await folder.json("search", "fraction.yaml")) as { trials: { accuracy: number }[] };
    expect(trials.map(({ accuracy }) => accuracy).sort((a, b) => a - b)).toEqual(names.map((_, i) => 60 + i));
  });
});

it("a table that was changed is not mixed into the run that is resumed", async () => {
  folder.write("changing.csv", csv());
  folder.write("changing.yaml", yaml("changing.csv"));
  expect((await folder.run("search", "changing.yaml")).code).toBe(0);
  expect((await folder.run("search", "changing.yaml", "--resume")).stderr).toContain("already done");
  folder.write(
    "changing.csv",
    csv((i) => 20 + i),
  );
  const { code, stderr } = await folder.run("search", "changing.yaml", "--resume");
  expect(code).toBe(2);
  expect(stderr).toContain("latency_table.contentHash");
});

it("cells of networks that compute a constant do not win a search", async () => {
  const space = nasbench201();
  const cells = [...space.enumerate()].filter((_, i) => i % 40 === 0);
  const rows = cells.map((g, i) => {
    const isConstant = space.isConstant?.(g) === true;
    return `${space.format(g)},${isConstant ? (i % 2 === 0 ? 0.003 : 0.4) : 5 + (i % 17)},${isConstant ? 10 : 60 + (i % 31)}`;
  });
  folder.write("constant.csv", `architecture,lat,acc\n${rows.join("\n")}\n`);
  folder.write("constant.yaml", yaml("constant.csv", "nasbench201").replace("30", "390"));
  const { code, stdout, stderr } = await folder.run("search", "constant.yaml", "--json");
  expect(code, stderr).toBe(0);
  const { trials } = JSON.parse(stdout) as { trials: { architecture: string; accuracy: number }[] };
  expect(Math.min(...trials.map(({ accuracy }) => accuracy))).toBeGreaterThanOrEqual(60);
  expect(stderr).toMatch(/below 0\.\d+ ms, a hundredth of the column's median/);
  expect(stderr).toContain("output does not depend on their input");
});

describe.concurrent("bench search", () => {
  it.each(
    casesOf([
      ["a table of another space", "acc", "nasbench201", ["none of the 20 rows is an architecture of the space 'nasbench201'"]],
      ["accuracies that are none", "size", "fbnet", ["no architecture is better than the reference point"]],
      ["accuracies above 100", "flops", "fbnet", ["percent, 0 to 100"]],
      ["fractions", "fraction", "fbnet", ["write instead: --accuracy-unit fraction"]],
    ]),
  )("refuses %s, without a stack trace", async (_, column, space, says) => {
    const rows = names.map((name, i) => `${name},${10 + i},${60 + i},${1 + i / 10},${50 * i},${i / 100}`);
    folder.write("several.csv", `architecture,lat,acc,size,flops,fraction\n${rows.join("\n")}\n`);
    const { code, stderr } = await bench("several.csv", column, "several.csv", space);
    expect(code, stderr).toBe(2);
    for (const text of says) expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each(
    casesOf([
      ["mobile", { name: "mobile" } as const, "nsga2"],
      ["tiny-convs", parseSpaceYaml(readFileSync(join(root, "configs/spaces/tiny-convs.yaml"), "utf8"), "tiny-convs.yaml"), "bayesian"],
    ]),
  )("searches what a table knows of %s for images of another size", async (name, spec, algorithm) => {
    const task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 } as const;
    const space = createSpace(spec, task);
    const rows = Array.from({ length: 20 }, (_, i) => `${space.format(space.sample(createRng(i)))},${10 + i},${60 + i}\n`);
    folder.write(`${name}.csv`, `architecture,lat,acc\n${rows.join("")}`);
    const own = ["--input", "1x8x8", "--algorithm", algorithm, "--evaluations", "20", "--trials", "2"];
    const { code, stdout, stderr } = await bench(`${name}.csv`, "acc", `${name}.csv`, name, ...own);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("the tables know 20 architectures in common: candidates are drawn from these");
    expect(stdout).toMatch(/20 +1\.0000/);
  });
});
