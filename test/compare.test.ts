/** `bench compare` as a user meets it: the report, the same result on any number of threads, programs outside, published tables. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { publishedTables } from "../packages/core/src/testing/publishedTables.fixture.ts";
import { createFolder, root } from "./support/cli.ts";

const folder = createFolder();
const excerpt = publishedTables("nasbench201")[0]?.folder as string;
const tables = [
  "--accuracy",
  join(excerpt, "accuracy.csv"),
  "--accuracy-column",
  "cifar100_valid",
  "--latency",
  join(excerpt, "latency.csv"),
];
const compare = ["bench", "compare", ...tables];

interface Comparison {
  readonly tasks: readonly {
    readonly task: string;
    readonly objectives: readonly string[];
    readonly contenders: readonly { readonly label: string; readonly mean: number; readonly by_training_seconds?: unknown }[];
    readonly pairs: readonly { readonly a: string; readonly b: string; readonly verdict: string }[];
  }[];
  readonly across: { readonly tasks: number; readonly ranking?: { readonly p_value: number } };
  readonly lottery: readonly { readonly algorithm: string; readonly settings: readonly unknown[] }[];
  readonly timing?: unknown;
  readonly command?: string;
}

const labels = ({ tasks }: Comparison) => tasks[0]?.contenders.map(({ label }) => label);

describe("bench compare", () => {
  it("tells the same on one thread and on two, and writes one page that needs nothing else", async () => {
    const args = [
      ...compare,
      "--latency-columns",
      "pixel3,gold_6240,titanx_1,titanx_32,samsung_s7,silver_4114",
      "--algorithms",
      "nsga2,nsga2",
    ];
    const small = [
      "--seeds",
      "8",
      "--settings",
      "3",
      "--setting-seeds",
      "2",
      "--evaluations",
      "40",
      "--initial",
      "5",
      "--training-cost",
      "flops_m:2",
    ];
    const [one, two] = (await Promise.all([
      folder.json(...args, ...small, "--threads", "1"),
      folder.json(...args, ...small, "--threads", "2", "--output", "report.html"),
    ])) as [Comparison, Comparison];
    const lasting = ({ timing: _, command: __, ...rest }: Comparison) => JSON.stringify(rest).replaceAll(/bench compare[^"]*/g, "");
    expect(lasting(two)).toBe(lasting(one));
    expect(labels(one)).toEqual(expect.arrayContaining(["random", "nsga2", "nsga2 (2)"]));
    expect(one.tasks).toHaveLength(6);
    expect(one.tasks[0]?.contenders[0]?.by_training_seconds).toBeDefined();
    expect(one.across.ranking?.p_value).toBeLessThan(1);
    expect(one.lottery.find(({ algorithm }) => algorithm === "nsga2")?.settings).toHaveLength(3);

    const page = readFileSync(join(folder.path, "report.html"), "utf8");
    expect(page).not.toMatch(/NaN|undefined|<link|src=|@import/);
    for (const part of ["critical difference", "Checklist", "lottery", "bench compare --accuracy", "simulated training cost"])
      expect(page).toContain(part);
    const [, embedded = ""] = /<script type="application\/json" id="comparison">(.*?)<\/script>/s.exec(page) ?? [];
    expect(lasting(JSON.parse(embedded))).toBe(lasting(two));
  });

  it("compares by one objective, judged by a column of its own, over settings that the user lists", async () => {
    folder.write("settings.json", '{ "nsga2": [{ "population": 4 }, { "population": 20 }] }');
    const result = (await folder.json(
      ...["bench", "compare", ...tables.slice(0, 4), "--test-column", "cifar100_valid", "--algorithms", "nsga2"],
      ...["--seeds", "5", "--settings", "settings.json", "--evaluations", "30"],
    )) as Comparison;
    expect(result.tasks.map(({ objectives }) => objectives)).toEqual([["error"]]);
    expect(result.tasks[0]?.contenders[0]?.mean).toBeGreaterThan(50);
    expect(result.lottery.map(({ settings }) => settings.length)).toEqual([2]);
    expect(result.across.ranking).toBeUndefined();
  });

  it("compares on costs alone", async () => {
    const args = ["--latency", join(excerpt, "latency.csv"), "--latency-columns", "pixel3+titanx_1", "--algorithms", "nsga2"];
    const result = (await folder.json("bench", "compare", ...args, "--seeds", "3", "--settings", "0", "--evaluations", "20")) as Comparison;
    expect(result.tasks[0]?.objectives).toEqual(["pixel3", "titanx_1"]);
  });

  const wrong: readonly [string, readonly string[], RegExp][] = [
    ["no columns", ["bench", "compare"], /nothing to compare on/],
    ["an unknown algorithm", [...compare, "--latency-columns", "pixel3", "--algorithms", "nsga"], /nsga2/],
    ["a bad factor", [...compare, "--latency-columns", "pixel3", "--training-cost", "flops_m:x"], /factor/],
    [
      "more shared candidates than evaluations",
      [...compare, "--latency-columns", "pixel3", "--initial", "100"],
      /--initial leaves no evaluation/,
    ],
    [
      "a program that is none",
      [...compare, "--latency-columns", "pixel3", "--algorithms", "nsga2", "--settings", "0", "--external", "exit 3"],
      /ended or gave no answer/,
    ],
    [
      "a program that chats",
      [...compare, "--latency-columns", "pixel3", "--algorithms", "nsga2", "--settings", "0", "--external", "echo hello"],
      /standard error/,
    ],
  ];
  it.concurrent.each(wrong)("refuses %s", async (_what, args, says) => {
    const { code, stderr } = await folder.run(...args);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(says);
  });
});

/** A Python that can import a module, if there is one. */
function pythonWith(module: string): string | undefined {
  return ["python3", "/usr/bin/python3"].find((python) => spawnSync(python, ["-c", `import ${module}`]).status === 0);
}

const programs = [
  { file: "ownSearcher.py", needs: "json", label: "one-change" },
  { file: "optunaSearcher.py", needs: "optuna", label: "optuna-tpe" },
].map((program) => ({ ...program, python: pythonWith(program.needs) }));
for (const { file, needs, python } of programs) {
  if (python === undefined) console.warn(`examples/${file} is not tested: no python3 here can import ${needs}`);
}

describe.each(programs.filter(({ python }) => python !== undefined))("$file", ({ file, label, python }) => {
  it("takes part, twice the same", async () => {
    const args = [
      ...compare,
      "--latency-columns",
      "pixel3",
      "--algorithms",
      "nsga2",
      "--seeds",
      "3",
      "--settings",
      "0",
      "--evaluations",
      "25",
    ];
    const run = () =>
      folder.json(...args, "--initial", "4", "--external", `${python} '${join(root, "examples", file)}'`) as Promise<Comparison>;
    const [first, second] = await Promise.all([run(), run()]);
    expect(labels(first)).toContain(label);
    expect(second.tasks).toEqual(first.tasks);
    expect(first.tasks[0]?.contenders.find((contender) => contender.label === label)?.mean).toBeGreaterThan(0.5);
  });
});

describe("published tables", () => {
  // The files are made up, in the published form: the tables themselves are not here.
  it("are compared on by their name", async () => {
    const digits = Array.from({ length: 81 }, (_, i) => i.toString(3).padStart(8, "0"));
    const entry = (text: string) => {
      const sum = [...text].reduce((total, digit) => total + Number(digit), 0);
      return { test_acc: [80 + sum, 81 + sum, 80 + sum], mean_acc: 80.3 + sum, std: 0.5, params: 1e6 + 1e5 * sum, flops: 2e7 * (1 + sum) };
    };
    folder.write("macro.json", JSON.stringify(Object.fromEntries(digits.map((text) => [text, entry(text)]))));
    const result = (await folder.json(
      ...["bench", "compare", "--space", "nasbench-macro", "--accuracy", "macro.json", "--accuracy-column", "mean_acc"],
      ...[
        "--latency",
        "macro.json",
        "--latency-columns",
        "flops",
        "--algorithms",
        "nsga2",
        "--seeds",
        "3",
        "--settings",
        "0",
        "--evaluations",
        "20",
      ],
    )) as Comparison;
    expect(result.tasks[0]?.task).toBe("mean_acc, flops");
  });
});
