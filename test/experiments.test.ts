/** Starts every program under `experiments` with its smallest setting, in the full tier: what is recorded there can be repeated. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { createRng, createSpace, usualTaskOf } from "@archwright/core";
import { describe, expect, it, vi } from "vitest";
import { createFolder } from "./support/cli.ts";
import { browserIsInstalled } from "./support/dashboard/browser.ts";
import { runProgram } from "./support/program.ts";
import { redisIsInstalled } from "./support/redis.ts";
import { full } from "./support/tier.ts";

vi.setConfig({ testTimeout: 300_000 });
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = createFolder();

interface Program {
  readonly args?: readonly string[];
  /** Options of Node.js. */
  readonly node?: readonly string[];
  readonly needsRedis?: true;
  readonly needsBrowser?: true;
  /** Writes what the program reads. */
  readonly prepare?: () => void;
  readonly prints: RegExp;
}

const own = (name: string) => join(folder.path, name);
const programs: Readonly<Record<string, Program>> = {
  "bayesian-search/ablation.ts": {
    args: [own("cells"), "--devices", "board", "--seeds", "1", "--evaluations", "16", "--variants", "whole,encodings alone"],
    prepare: writeCells,
    prints: /^\| whole \| \d/m,
  },
  "bayesian-search/proposalTime.ts": {
    args: [own("cells"), "--device", "board", "--trials", "20", "--batches", "2"],
    prepare: writeCells,
    prints: /^\| 20 \| \d/m,
  },
  "comparison/benchmark.ts": {
    args: ["test/data/nasbench201/accuracy.csv", "--repeats", "2"],
    prints: /^random and itself, 30 seeds: different in \d+\.\d %$[\s\S]*^true difference /m,
  },
  "comparison/random.ts": {
    args: [own("cells/accuracy.csv")],
    prepare: writeCells,
    prints: /^\| 100 \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$/m,
  },
  "controller-overhead/benchmark.ts": {
    args: ["--evaluations", "300", "--repetitions", "1", "--large-space", "300"],
    prints: /trials/,
  },
  "cost-model-speed/benchmark.ts": { args: ["--networks", "2", "--repetitions", "1"], prints: /^fbnet +stm32f746 /m },
  "dashboard-speed/benchmark.ts": {
    args: ["--trials", "2000", "--seconds", "1", "--runs", "20", "--rounds", "1"],
    needsBrowser: true,
    prints: /^\| 1 \| \d+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \| \d+ \|/m,
  },
  "default-algorithm/measure.ts": {
    args: ["test/data/nasbench201", "--problems", "mobile 3", "--algorithms", "nsga2,random", "--evaluations", "8", "--seeds", "1"],
    prints: /^\| mobile 3 \| random \| /m,
  },
  "fashion-mnist/compare.ts": {
    args: [
      ...["search.yaml", own("run.json"), "--data", own("fashion-mnist"), "--images", "100", "--epochs", "1", "--seeds", "1"],
      ...["--only", "ds-cnn"],
    ],
    prepare: writeFashionMnist,
    prints: /^ds-cnn,1,/m,
  },
  "fleet-benchmark/benchmark.ts": {
    args: ["--part", "throughput", "--jobs", "200", "--rounds", "1"],
    needsRedis: true,
    prints: /jobs/,
  },
  "fleet-soak/soak.ts": {
    args: ["--jobs", "400", "--every", "100", "--workers", "1"],
    node: ["--expose-gc"],
    needsRedis: true,
    prints: /400/,
  },
  "foreign-networks/measure.ts": { args: ["--networks", "1"], prints: /"networks": \[/ },
  "foreign-networks/run.ts": { args: ["--devices", "laptop-cpu", "--made-up", "0"], prints: /^\| all \| [\d.]+ \|/m },
  "front-speed/benchmark.ts": { args: ["--most", "1000"], prints: /^\| 6 \| 25: /m },
  "inheritance/distil.ts": {
    args: [
      ...[own("ranks.json"), own("teachers"), own("distilled.json"), "--students", "1", "--seeds", "2", "--divide", "80"],
      ...["--data", own("fashion-mnist")],
    ],
    prepare: writeRanks,
    prints: /^\| the best of the search \| [\d.]+ \(/m,
  },
  "inheritance/ranks.ts": {
    args: [own("few.json"), own("few"), "--networks", "9", "--divide", "80", "--data", own("fashion-mnist")],
    prepare: writeFashionMnist,
    prints: /^\| 80, inherited \| -?[\d.]+ \(/m,
  },
  "latency-prediction/run.ts": {
    args: [
      ...["--data", "test/data", "--tasks", "fbnet/validation", "--models", "ridge", "--samples", "5", "--measure", "random"],
      ...["--trials", "1", "--output", folder.path],
    ],
    prints: /ridge/,
  },
  "linear-probe/run.ts": {
    args: ["--data", own("fashion-mnist"), "--images", "5", "--draws", "1", "--steps", "2,2"],
    prepare: writeFashionMnist,
    prints: /^\| 5 \| [\d.]+ \|/m,
  },
  "memory-traffic/benchmark.ts": { args: ["--first", "--limit", "20000"], prints: /^all +\d+ /m },
  "latency-repeatability/measure.ts": { args: ["--networks", "3", "--repeats", "2"], prints: /"spearmanMean"/ },
  "latency-speed/benchmark.ts": { args: ["test/data/nasbench201/latency.csv", "--seeds", "1"], prints: /adapting/ },
  "score-prediction/run.ts": {
    args: ["test/data/nasbench201/accuracy.csv", "--models", "gp,size", "--trials-known", "10", "--trials", "1"],
    prints: /^\| `size` \| 10 \|/m,
  },
  "mobile-table/gain.ts": {
    args: ["experiments/mobile-table/space.yaml", "experiments/mobile-table/table.csv", "--seeds", "2", "--evaluations", "25"],
    prints: /^\| linas \| graph \| [\d.]+ \|/m,
  },
  "mobile-table/tabulate.ts": {
    args: ["experiments/mobile-table/space.yaml", own("made-up.csv"), own("table.csv")],
    prepare: writeTrainings,
    prints: /^5 networks$/m,
  },
  "mobile-table/train.ts": {
    args: ["experiments/mobile-table/space.yaml", own("runs.csv"), "--networks", "1", "--seeds", "1"],
    prints: /^seed 1: 1 networks$/m,
  },
  "searched-and-designed/study.ts": {
    args: [own("searches"), "--results", own("study"), "--data", own("fashion-mnist"), "--smallest"],
    prepare: writeFashionMnist,
    prints: /^\| 15ms, 32 KiB, 96 KiB \|[\s\S]*^\| 15ms \| whole \|/m,
  },
  "quickstart/compare.ts": {
    args: [
      ...[own("quickstarts"), "--experiments", `${own("one.yaml")},${own("other.yaml")}`],
      ...["--splits", "1", "--seeds", "1", "--steps", "2"],
    ],
    prepare: writeQuickstarts,
    prints: /^\| 1 \| [\s\S]*^second less first: /m,
  },
  "query-speed/benchmark.ts": {
    args: ["--trials", "3000", "--repetitions", "1"],
    prints: /^again, three objectives \(\d+ of \d+ compared\): /m,
  },
  "search-algorithms/evaluations.ts": {
    args: [own("cells"), "--devices", "board", "--algorithms", "nsga2,random", "--seeds", "1"],
    prepare: writeCells,
    prints: /^\| `?nsga2/m,
  },
  "search-algorithms/mobile.ts": {
    args: ["--instances", "small", "--seeds", "1", "--evaluations", "30", "--algorithms", "linas"],
    prints: /^\| small \| linas \| /m,
  },
  "search-algorithms/lottery.ts": { args: [own("cells"), "--seeds", "1"], prepare: writeCells, prints: /^\| 100 \|/m },
  "latency-constrained/study.ts": {
    args: [
      ...[own("cells"), "--devices", "board", "--budgets", "30%", "--seeds", "1", "--evaluations", "20"],
      ...["--columns", "cifar100_valid", "--samples", "4", "--measurements", "8", "--algorithm", "nsga2"],
    ],
    prepare: writeCells,
    prints: /^over budget or nothing: 0 of 1$/m,
  },
  "latency-constrained/tight.ts": {
    args: [own("cells"), "--devices", "board", "--shares", ".01", "--seeds", "1", "--algorithms", "nsga2"],
    prepare: writeCells,
    prints: /^\| 0\.01 \| known \| nsga2 \| /m,
  },
  "side-data/run.ts": {
    args: [own("cells"), "--devices", "board", "--seeds", "1", "--evaluations", "10", "--low-fidelity", "cifar100_test:0.1"],
    prepare: writeCells,
    prints: /^mean +\.?[\d.]+ /m,
  },
  "store-speed/benchmark.ts": { args: ["--trials", "200", "--repetitions", "1"], prints: /SQLite/ },
  "training-recipes/study.ts": {
    args: [own("trainings.json"), "--images", "digits", "--steps", "160", "--seeds", "1", "--only", "base,batch_size 64"],
    prints: /^\| batch_size 64 \| [\d.]+ \| [\d.]+ \| /m,
  },
  "training-step/benchmark.ts": { args: ["--turns", "1", "--network", "mobile8"], prints: /mobile8/ },
  "training-step/profile.ts": { args: ["--network", "mobile8", "--steps", "2"], prints: /^mobile8, batch 64: [\d.]+ ms in \d+ kernels$/m },
  "training-step/leaks.ts": { args: ["--candidates", "10"], prints: /^10 candidates: \d+ MiB$/m },
  "zero-cost-proxies/correlate.ts": {
    args: [own("guesses.csv"), "test/data/nasbench201/accuracy.csv", "cifar100_valid", "--resamples", "20"],
    prepare: writeGuesses,
    prints: /^\| naswot \| -?[\d.]+ \(/m,
  },
  "zero-cost-proxies/features.ts": {
    args: [own("guesses.csv"), "test/data/nasbench201/accuracy.csv", "cifar100_valid", "--trials-known", "10", "--trials", "1"],
    prepare: writeGuesses,
    prints: /^\| graph \+ naswot \| -?[\d.]+ \(/m,
  },
  "zero-cost-proxies/scores.ts": {
    args: ["test/data/nasbench201/accuracy.csv", own("scores.csv"), "--networks", "1", "--batch", "8"],
    prints: /^1 networks$/m,
  },
};

/** Tables of every cell of NAS-Bench-201, with made-up numbers. */
function writeCells(): void {
  mkdirSync(own("cells"), { recursive: true });
  const space = createSpace({ name: "nasbench201" }, usualTaskOf({ name: "nasbench201" }));
  const rng = createRng("cells");
  const rows = [...(space.enumerate?.() ?? [])].map((cell) => space.format(cell as never));
  const column = (from: number) => () => (from + 20 * rng.next()).toFixed(2);
  const [valid, test, board] = [column(50), column(50), column(5)];
  writeFileSync(
    own("cells/accuracy.csv"),
    ["architecture,cifar100_valid,cifar100_test", ...rows.map((row) => `${row},${valid()},${test()}`)].join("\n"),
  );
  writeFileSync(own("cells/latency.csv"), ["architecture,board", ...rows.map((row) => `${row},${board()}`)].join("\n"));
}

/** Two small experiments on the digits. */
function writeQuickstarts(): void {
  const text = readFileSync(join(root, "experiments/quickstart/before.yaml"), "utf8");
  const small = text.replace("evaluations: 48", "evaluations: 3").replace("epochs: 10", "epochs: 1");
  for (const name of ["one", "other"]) writeFileSync(own(`${name}.yaml`), small);
}

/** Scores of networks, made up. */
function writeGuesses(): void {
  const rng = createRng("guesses");
  const rows = readFileSync(join(root, "test/data/nasbench201/accuracy.csv"), "utf8").split("\n").slice(1, 40);
  const lines = rows.map((row) => [row.split(",")[0], ...Array.from({ length: 5 }, () => rng.next())].join());
  writeFileSync(own("guesses.csv"), ["architecture,parameters,macs,naswot,synflow,zen", ...lines].join("\n"));
}

/** Trainings of networks of `mobile`, made up. */
function writeTrainings(): void {
  const task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 } as const;
  const space = createSpace({ name: "mobile" }, task);
  const rows = Array.from(
    { length: 10 },
    (_, i) => `${space.format(space.sample(createRng(i % 5)))},${1 + Math.floor(i / 5)},${80 + i},${70 + i}`,
  );
  writeFileSync(own("made-up.csv"), ["architecture,seed,validation,test", ...rows].join("\n"));
}

/** A network with its score, as a study of inheritance finds it, and images. */
function writeRanks(): void {
  writeFashionMnist();
  const architecture = "relu stem-c16 stem-k3 stem-s2 head-c64 head-flat | c24 s1 dw-k5se | c32 s2 pool | c80 s1 ir-k3e1se | -";
  writeFileSync(own("ranks.json"), JSON.stringify({ networks: [{ architecture, full: { score: 80, seconds: 1 }, estimates: {} }] }));
}

/** Files of Fashion-MNIST's form with 100 images of noise, and a front with one architecture of the space `mobile`. */
function writeFashionMnist(): void {
  const rng = createRng("fashion");
  mkdirSync(own("fashion-mnist"), { recursive: true });
  for (const set of ["train", "t10k"]) {
    const pixels = Buffer.from(Array.from({ length: 100 * 28 * 28 }, () => rng.int(256)));
    const labels = Buffer.from(Array.from({ length: 100 }, (_, i) => i % 10));
    for (const [name, magic, sizes, bytes] of [
      ["images-idx3", 3, [100, 28, 28], pixels],
      ["labels-idx1", 1, [100], labels],
    ] as const) {
      const head = Buffer.from([0, 0, 8, magic, ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255])]);
      writeFileSync(own(`fashion-mnist/${set}-${name}-ubyte.gz`), gzipSync(Buffer.concat([head, bytes])));
    }
  }
  const front = readFileSync(join(root, "experiments/fashion-mnist/front.csv"), "utf8").split("\n")[1]?.split(",");
  writeFileSync(own("run.json"), JSON.stringify({ trials: [{ architecture: front?.[1], accuracy: 90 }] }));
}

describe.runIf(full)("a study's program", () => {
  it.each(Object.entries(programs))("%s runs", async (file, { args = [], node, needsRedis, needsBrowser, prepare, prints }) => {
    if ((needsRedis && !redisIsInstalled) || (needsBrowser && !browserIsInstalled)) return;
    prepare?.();
    const { code, stdout, stderr } = await runProgram(`experiments/${file}`, args, node);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout + stderr).toMatch(prints);
  });
});

const pathFrom = (file: string, name: string) => posix.join(posix.dirname(file), name);

it("each program under experiments has a smallest setting here", () => {
  const files = readdirSync(join(root, "experiments"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replaceAll("\\", "/"));
  const texts = files.map((file) => readFileSync(join(root, "experiments", file), "utf8"));
  // What another file names, by its path from there, is a part of a program.
  const named = files.flatMap((file, i) =>
    [...(texts[i] as string).matchAll(/"([^"]*\.ts)"/g)].map(([, name]) => pathFrom(file, name as string)),
  );
  const isPart = (file: string) => named.includes(file);
  const begun = files.filter((file) => basename(file) === "benchmark.ts" || !isPart(file));
  expect(begun.sort()).toEqual(Object.keys(programs).sort());
});
