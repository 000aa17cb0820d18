import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createFolder, root } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

const folder = createFolder();
/** Where the experiment is said to be broken: the file that the change was made to. */
const good = experiment({ search: { algorithm: "random", evaluations: 2 }, training: { epochs: 1 } });

interface Case {
  readonly what: string;
  /** The command line; an experiment that is searched is named by its text instead. */
  readonly args?: readonly string[];
  readonly yaml?: string;
  /** What standard error must hold, in this order. */
  readonly says: readonly string[];
}

const yaml = (changed: string, to: string) => {
  if (!good.includes(changed)) throw new Error(`the experiment does not hold '${changed}'`);
  return good.replace(changed, to);
};

/** The place of a text in what results from a change. */
const at = (text: string, needle: string) => {
  const before = text.slice(0, text.indexOf(needle)).split("\n");
  return `x.yaml:${before.length}:${(before.at(-1) as string).length + 1}: `;
};

function experimentCase(what: string, text: string, needle: string, says: readonly string[]): Case {
  return { what, yaml: text, says: [at(text, needle), ...says] };
}

const experimentCases: readonly Case[] = [
  experimentCase("YAML that does not end", yaml("- error", "- [error"), "- latency", ["not valid YAML"]),
  experimentCase("a misspelt key", yaml("objectives:", "objektives:"), "objektives", [
    "unknown key 'objektives'",
    "write instead: objectives",
  ]),
  experimentCase("a misspelt device", yaml("name: stm32f746", "name: stm32f476"), "stm32f476", [
    "no device 'stm32f476'",
    "write instead: stm32f746",
  ]),
  experimentCase("a misspelt algorithm", yaml("algorithm: random", "algorithm: randon"), "randon", ["write instead: random"]),
  experimentCase("a wrong unit", yaml("peak_memory: 24KiB", "peak_memory: 24ms"), "24ms", [
    "'ms' is not a unit of memory",
    "expected: ",
    "256KiB",
  ]),
  experimentCase("a missing unit", yaml("latency: 2ms", "latency: 2"), "2\nobjectives", ["'2' has no unit", "write instead: 2ms"]),
  experimentCase("a budget that no device of this name has", yaml("24KiB", "24MiB"), "24MiB", [
    "more than stm32f746 has",
    "write instead: peak_memory: 320KiB",
  ]),
  experimentCase("a budget that no network can meet", yaml("24KiB", "8KiB"), "8KiB", [
    "no network meets the budget",
    "more than the 16KiB",
  ]),
  experimentCase("a misspelt dataset", yaml("kind: digits", "kind: digit"), "digit\n", ["expected: one of digits, idx, csv, folder"]),
  experimentCase("an objective without its device", `${good}`.replace("- latency@stm32f746", "- latency@stm32f7"), "latency@stm32f7", [
    "no device 'stm32f7'",
    "latency@stm32f746",
  ]),
  {
    what: "a dataset that is not there",
    yaml: good.replace(/dataset:\n.*\n.*\n/, "dataset: { kind: csv, file: none.csv, shape: [1, 8, 8] }\n"),
    says: ["none.csv: the file does not exist (named at x.yaml:3:10)"],
  },
  {
    what: "a dataset that was cut off",
    yaml: good.replace(/dataset:\n.*\n.*\n/, "dataset: { kind: csv, file: cut.csv.gz, shape: [1, 8, 8] }\n"),
    says: ["cut.csv.gz: the gzip data is damaged", "expected: a CSV file with 64 pixels and a label a row"],
  },
  {
    what: "an IDX file that was cut off",
    yaml: good.replace(/dataset:\n.*\n.*\n/, "dataset: { kind: idx, train_images: cut.idx, train_labels: labels.idx }\n"),
    says: ["cut.idx: the file is truncated", "expected: 640 bytes"],
  },
  {
    what: "a space file with a misspelt key",
    yaml: good.replace(/space:\n( .*\n)+/, "space: space.yaml\n"),
    says: ["space.yaml:3:1: ", "unknown key 'stagez'", "write instead: stages"],
  },
];

const benchLatency = ["bench", "latency", "--space", "nasbench201", "--table", "latency.csv", "--target", "x", "--samples", "3"];

const benchScore = ["bench", "score", "--accuracy", "few.csv", "--accuracy-column", "top1"];

const commandCases: readonly Case[] = [
  { what: "no command", args: [], says: ["no command is given", "search"] },
  { what: "an unknown command", args: ["serach", "good.yaml"], says: ["no command 'serach'", "write instead: search"] },
  { what: "an unknown option", args: ["search", "good.yaml", "--wrkers", "2"], says: ["no option '--wrkers'", "write instead: --workers"] },
  { what: "an option without its value", args: ["pareto", "--where"], says: ["--where needs a value"] },
  { what: "an option given twice", args: ["pareto", "--store", "a", "--store", "b"], says: ["--store is given 2 times"] },
  { what: "no file", args: ["search"], says: ["expected: archwright search <file>"] },
  {
    what: "a file that is not there",
    args: ["search", "none.yaml"],
    says: ["none.yaml: the file does not exist", "an experiment in YAML"],
  },
  { what: "a folder for a file", args: ["search", "."], says: ["cannot be read (EISDIR)"] },
  { what: "no workers", args: ["search", "good.yaml", "--workers", "0"], says: ["--workers is 0", "at least 1"] },
  { what: "a number that is none", args: ["search", "good.yaml", "--workers", "two"], says: ["'workers' is not a number"] },
  { what: "an unknown run", args: ["pareto", "small-7"], says: ["no run 'small-7'", "one of small-1", "write instead: small-1"] },
  { what: "an unknown trial", args: ["explain", "small-1", "99"], says: ["small-1 has no trial 99"] },
  { what: "a trial that has no weights", args: ["export", "small-1", "WORST", "--output", "x.onnx"], says: ["has no trained weights"] },
  {
    what: "an output that cannot be written",
    args: ["export", "small-1", "BEST", "--output", "no/x.onnx"],
    says: ["no/x.onnx: cannot be written (ENOENT)"],
  },
  {
    what: "an output of a plot that cannot be written",
    args: ["pareto", "--format", "svg", "--output", "no/x.svg"],
    says: ["no/x.svg: cannot be written (ENOENT)"],
  },
  { what: "an unknown format", args: ["pareto", "--format", "cvs"], says: ["'cvs'", "one of table, json, csv, svg", "write instead: csv"] },
  { what: "a misspelt metric", args: ["pareto", "--where", "latncy<=5"], says: ["'latncy'", "write instead: latency"] },
  { what: "a condition of another unit", args: ["pareto", "--where", "latency<=5KiB"], says: ["'KiB' is not a unit of time"] },
  { what: "a condition without comparison", args: ["pareto", "--where", "latency"], says: ["'latency' is not a condition", "<= >= < > ="] },
  {
    what: "a device that the run has not",
    args: ["pareto", "--device", "stm32f476"],
    says: ["no device 'stm32f476'", "write instead: stm32f746"],
  },
  { what: "a store that is not there", args: ["runs", "list", "--store", "none.db"], says: ["none.db: there is no store at this path"] },
  {
    what: "a store that is a text",
    args: ["runs", "list", "--store", "good.yaml"],
    says: ["good.yaml: the store is damaged, or not a store"],
  },
  {
    what: "a store that was cut off",
    args: ["runs", "list", "--store", "cut.db"],
    says: ["cut.db: the store is damaged", "expected: ", "nothing in it was changed"],
  },
  {
    what: "a store to write to that was cut off",
    args: ["search", "good.yaml", "--store", "cut.db"],
    says: ["cut.db: the store is damaged"],
  },
  {
    what: "a store of a newer version",
    args: ["search", "good.yaml", "--store", "newer.db"],
    says: ["newer.db: the store was written by a newer version", "a schema of at most"],
  },
  { what: "an unknown device", args: ["device", "show", "stm32f476"], says: ["no device 'stm32f476'", "write instead: stm32f746"] },
  {
    what: "a device that is no device",
    args: ["device", "add", "good.yaml"],
    says: ["good.yaml:2:1: unknown key 'seed'", "expected: one of the keys name, description"],
  },
  {
    what: "a device of a shipped one's name",
    args: ["device", "add", join(root, "configs/devices/esp32s3.yaml")],
    says: ["'esp32s3' is taken"],
  },
  { what: "removing a shipped device", args: ["device", "remove", "esp32s3"], says: ["'esp32s3' is shipped with the program"] },
  { what: "an unknown space", args: ["space", "show", "mobil"], says: ["no search space 'mobil'", "write instead: mobile"] },
  {
    what: "images of no shape",
    args: ["space", "sample", "mobile", "--input", "3x32"],
    says: ["--input '3x32'", "write instead: --input 3x32x32"],
  },
  { what: "a benchmark without tables", args: ["bench", "search"], says: ["'bench search' needs --accuracy"] },
  {
    what: "a table that is not there",
    args: ["bench", "search", "--accuracy", "a.csv", "--accuracy-column", "a", "--latency", "a.csv", "--latency-column", "a"],
    says: ["a.csv: cannot be read (ENOENT)"],
  },
  {
    what: "a score model that does not exist",
    args: [...benchScore, "--model", "treees"],
    says: ["no score model 'treees'", "gp, gp-averaged, ridge, trees, neighbours, size", "write instead: trees"],
  },
  {
    what: "a model of graphs that may not see them",
    args: [...benchScore, "--model", "size", "--features", "encoding"],
    says: ["'size' looks at graphs alone", "write instead: --features graph"],
  },
  {
    what: "trials that are no number",
    args: [...benchScore, "--trials-known", "25,many"],
    says: ["--trials-known is '25,many'", "write instead: --trials-known 25,50,100"],
  },
  {
    what: "a table of too few to learn from",
    args: benchScore,
    says: ["25 trials are to be learned from, and 2 of 2 scores are known", "at least 20 are left to predict"],
  },
  {
    what: "a benchmark that leaves everything out",
    args: [...benchLatency, "--trim", "0.5"],
    says: ["a share of 0.5 is to be left out", "0 to 0.4"],
  },
  {
    what: "a latency model that does not exist",
    args: [...benchLatency, "--model", "halp"],
    says: ["no latency model 'halp'", "bayesian, flops, operators, ridge, help", "write instead: help"],
  },
  {
    what: "a meta-learner without devices to learn from",
    args: [...benchLatency, "--model", "help"],
    says: ["HELP has 0 source devices", "at least 2"],
  },
];

let runsBefore: unknown;
let best: string;
let worst: string;

beforeAll(async () => {
  folder.write("good.yaml", good);
  const cells = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"].flatMap((a) =>
    ["nor_conv_1x1", "nor_conv_3x3"].map((b) => `|${b}~0|+|${a}~0|${b}~1|+|skip_connect~0|${a}~1|${b}~2|`),
  );
  folder.write("latency.csv", `architecture,x\n${cells.map((cell, i) => `${cell},${i + 1}`).join("\n")}\n`);
  const accurate = cells.slice(0, 2).map((cell, i) => `${cell},${70 + i}`);
  folder.write("few.csv", `architecture,top1\n${accurate.join("\n")}\n`);
  folder.write("cut.csv.gz", readFileSync(join(root, "packages/runtimes/data/digits.csv.gz")).subarray(0, 20_000));
  folder.write("cut.idx", Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 8, 0, 0, 0, 8, 1, 2, 3]));
  folder.write("labels.idx", Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  folder.write("space.yaml", "name: custom\nstem: { channels: 8 }\nstagez: []\n");
  const { code, stdout, stderr } = await folder.run("search", "good.yaml", "--json");
  expect(code, stderr).toBe(0);
  best = String((JSON.parse(stdout) as { trials: { number: number }[] }).trials[0]?.number);
  worst = String(folder.trials("small-1").find(({ status }) => status === "infeasible")?.number);
  runsBefore = await folder.json("runs", "list");
  const store = readFileSync(folder.store);
  folder.write("cut.db", store.subarray(0, 9000));
  folder.write("newer.db", newerVersion(store));
});

/** SQLite keeps `user_version` at byte 60 of its file. */
function newerVersion(store: Buffer): Uint8Array {
  const copy = Buffer.from(store);
  copy.writeUInt32BE(99, 60);
  return copy;
}

async function check({ args, yaml: text, says }: Case, file: string): Promise<void> {
  if (text !== undefined) writeFileSync(join(folder.path, file), text);
  const named = (args ?? ["search", file]).map((arg) => ({ BEST: best, WORST: worst })[arg] ?? arg);
  const { code, stdout, stderr } = await folder.run(...named);
  expect(code, stderr).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^archwright: /);
  expect(stderr).not.toMatch(/^ +at .*:\d+:\d+/m);
  expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  let from = 0;
  for (const said of says.map((part) => part.replace("x.yaml", file))) {
    const found = stderr.indexOf(said, from);
    expect(found, `'${said}' in:\n${stderr}`).toBeGreaterThanOrEqual(0);
    from = found;
  }
}

describe("bad input gets one message and exit status 2", () => {
  it.concurrent.each(commandCases)("$what", (given) => check(given, ""));

  it.concurrent.each(experimentCases.map((given, i) => ({ ...given, file: `x${i}.yaml` })))("$what", (given) => check(given, given.file));
});

it("costs nothing of what was stored before", async () => {
  expect(await folder.json("runs", "list")).toEqual(runsBefore);
});
