import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, createSpace, type SpaceSpec } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { publishedTables } from "../packages/core/src/testing/publishedTables.fixture.ts";
import { createFolder, root } from "./support/cli.ts";

const folder = createFolder();

describe.concurrent("device", () => {
  it("adds, lists, shows and removes one's own beside the shipped ones", async () => {
    const shipped = readFileSync(join(root, "configs/devices/stm32f746.yaml"), "utf8");
    folder.write("mine.yaml", shipped.replace("name: stm32f746", "name: my-board").replaceAll("320KiB", "128KiB"));
    expect(await folder.json("device", "add", "mine.yaml")).toEqual({ added: "my-board" });
    const [list, shown, table] = await Promise.all([
      folder.json("device", "list"),
      folder.json("device", "show", "my-board"),
      folder.run("device", "show", "my-board"),
    ]);
    const { devices } = list as { devices: { name: string; origin: string }[] };
    const names = [
      "local",
      "datacenter-gpu",
      "esp32s3",
      "jetson-nano",
      "laptop-cpu",
      "nrf52840",
      "phone-cpu",
      "raspberry-pi-4",
      "stm32f746-tflm",
      "stm32f746",
    ];
    expect(devices.map(({ name }) => name)).toEqual([...names, "my-board"]);
    expect(devices.at(-1)).toMatchObject({ origin: "yours", kind: "microcontroller", format: "int8" });
    expect(shown).toMatchObject({ name: "my-board", memory: [{ name: "sram", capacityBytes: 128 * 1024 }, { name: "flash" }] });
    expect(table.stdout).toContain("128KiB");
    // Quantities are written as people write them, with a unit that leaves few digits.
    expect(table.stdout).toContain("864MOP/s");
    expect(table.stdout.split("budgets:")[0]).not.toMatch(/\d{5}/);

    folder.write("uses-it.yaml", "name: a\naccuracy: { file: none.csv, column: a }\nspace: nasbench201\ndevices: [my-board]\n");
    expect((await folder.run("search", "uses-it.yaml")).stderr).toContain("none.csv");
    expect(await folder.json("device", "remove", "my-board")).toEqual({ removed: "my-board" });
    expect((await folder.run("device", "show", "my-board")).code).toBe(2);
  });
});

describe.concurrent("space", () => {
  it("lists, shows and samples spaces, also one of a YAML file, the same for the same seed", async () => {
    const file = join(root, "configs/spaces/tiny-convs.yaml");
    const sample = ["space", "sample", file, "--input", "1x8x8", "--count", "3"];
    const [list, shown, once, again, other] = await Promise.all([
      folder.json("space", "list"),
      folder.json("space", "show", "nasbench201"),
      folder.json(...sample, "--seed", "7"),
      folder.json(...sample, "--seed", "7"),
      folder.json(...sample, "--seed", "8"),
    ]);
    expect((list as { spaces: { name: string }[] }).spaces.map(({ name }) => name)).toEqual([
      ...["nasbench201", "fbnet", "mobile", "custom", "backbone"],
      ...["microcontroller", "mixed-blocks", "resnets", "tiny-convs"],
    ]);
    expect(shown).toMatchObject({ name: "nasbench201", size: "15625" });
    const { samples } = once as { samples: { architecture: string; macs: number; parameters: number }[] };
    expect(samples).toHaveLength(3);
    for (const { macs, parameters } of samples) expect(Math.min(macs, parameters)).toBeGreaterThan(0);
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });
});

describe.concurrent("a result that is read in part", () => {
  it("is nothing to complain of", async () => {
    const sample = folder.start("space", "sample", "fbnet", "--count", "2000");
    sample.process.stdout?.once("data", () => sample.process.stdout?.destroy());
    const { code, stderr } = await sample.ended;
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

describe.concurrent("doctor", () => {
  it("names the store and says that everything needed works", async () => {
    const { store, findings } = (await folder.json("doctor")) as {
      store: string;
      findings: { what: string; state: string; required: boolean }[];
    };
    expect(store).toBe(folder.store);
    expect(findings.filter(({ required }) => required).every(({ state }) => state === "ok")).toBe(true);
    expect(findings.map(({ what }) => what)).toEqual(expect.arrayContaining(["Node.js", "SQLite (libsql)", "onnxruntime-node", "sharp"]));
    expect(existsSync(store)).toBe(false);
  });
});

/** 300 architectures with an accuracy that grows with the latency; some cells are empty. */
function smallTable(): { readonly csv: string; readonly accuracies: ReadonlyMap<string, number> } {
  const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
  const space = createSpace({ name: "nasbench201" } as SpaceSpec, task);
  const rng = createRng(1);
  const accuracies = new Map<string, number>();
  while (accuracies.size < 300) accuracies.set(space.format(space.sample(rng)), 50 + 40 * rng.next());
  const lines = [...accuracies].map(([architecture, accuracy], i) => `${architecture},${accuracy},${i % 50 === 0 ? "" : accuracy / 20}`);
  return { csv: `architecture,valid,board_ms\n${lines.join("\n")}\n`, accuracies };
}

describe.concurrent("search over a table", () => {
  it("takes accuracies and latencies from CSV and tries nothing that is not in it, without a worker", async () => {
    const { csv, accuracies } = smallTable();
    folder.write("tables/small.csv", csv);
    // Run from another folder than the experiment's: its paths start from its file.
    folder.write(
      "tables/table.yaml",
      `name: table
accuracy: { file: small.csv, column: valid }
space: nasbench201
devices: [{ name: board, latency_table: { file: small.csv, column: board_ms }, budgets: { latency: 4ms } }]
objectives: [error, latency@board]
search: { algorithm: nsga2, population: 20, evaluations: 60, candidates: 20000 }
`,
    );
    const result = (await folder.json("search", "tables/table.yaml", "--store", "not/yet/there/store.db")) as {
      trials: { architecture: string; accuracy: number; costs: { board: { latency_ms: number } } }[];
    };
    expect(existsSync(join(folder.path, "not/yet/there/store.db"))).toBe(true);
    expect(result.trials.length).toBeGreaterThan(0);
    for (const { architecture, accuracy, costs } of result.trials) {
      expect(accuracy).toBe(accuracies.get(architecture));
      expect(costs.board.latency_ms).toBe(accuracy / 20);
      expect(costs.board.latency_ms).toBeLessThanOrEqual(4);
    }
    const trials = folder.trials("table-1", join(folder.path, "not/yet/there/store.db"));
    const codes = new Set(trials.map(({ status, failure }) => failure?.code ?? status));
    expect([...codes].sort()).toEqual(["feasible", "infeasible"]);
  });
});

describe.concurrent.each(publishedTables("nasbench201"))("bench search, $label", ({ folder: tables }) => {
  it("reports the contract's JSON", async () => {
    const result = (await folder.json(
      ...["bench", "search", "--space", "nasbench201", "--accuracy", join(tables, "accuracy.csv"), "--accuracy-column", "cifar100_valid"],
      ...["--latency", join(tables, "latency.csv"), "--latency-column", "gold_6240"],
      ...["--algorithm", "random", "--evaluations", "100", "--trials", "3", "--seed", "0"],
    )) as Record<string, unknown>;
    const keys = ["algorithm", "checkpoints", "hypervolume_ratio_mean", "hypervolume_ratio_sd", "seconds_mean"];
    expect(Object.keys(result)).toEqual(keys);
    expect(result).toMatchObject({ algorithm: "random", checkpoints: [25, 50, 75, 100] });
    const means = result.hypervolume_ratio_mean as number[];
    expect(means).toHaveLength(4);
    expect(means).toEqual([...means].sort((a, b) => a - b));
    // Random search was measured at .888 and .913 after 50 and 100 evaluations on a like column.
    expect(means[3]).toBeGreaterThan(0.8);
    expect(means[3]).toBeLessThan(1);
  });

  it.each([
    ["predicted", ["--source", "1080ti_1,pixel3,silver_4114", "--samples", "8", "--measurements", "14"]],
    ["latency", []],
  ])("names networks within a latency budget, latency %s", async (known, options) => {
    const result = (await folder.json(
      ...["bench", "search", "--accuracy", join(tables, "accuracy.csv"), "--accuracy-column", "cifar100_valid"],
      ...["--test-column", "cifar100_valid", "--latency", join(tables, "latency.csv"), "--latency-column", "gold_6240"],
      ...["--objectives", "error", "--latency-budget", "30%", "--known", known, ...options],
      ...["--algorithm", "nsga2", "--evaluations", "60", "--trials", "2"],
    )) as { found: Record<string, number>[]; latency_budget_ms: number; best_feasible: Record<string, number>; feasible: number };
    expect(Object.keys(result.best_feasible)).toEqual(["architecture", "latency_ms", "accuracy", "test_accuracy"]);
    expect(result.found).toHaveLength(2);
    for (const found of result.found) {
      expect(found).toMatchObject({ within_budget: true, evaluations: 60 });
      expect(found.latency_ms).toBeLessThanOrEqual(result.latency_budget_ms);
      expect(found.accuracy).toBeLessThanOrEqual(result.best_feasible.accuracy as number);
      if (known === "predicted") expect(found.measurements).toBeLessThanOrEqual(14);
    }
  });
});

describe.concurrent.each(publishedTables("nasbench201"))("bench search within a budget, $label", ({ folder: tables }) => {
  it.each([
    ["no budget", ["--objectives", "error", "--known", "latency"], "--known is about latency"],
    ["a word as budget", ["--objectives", "error", "--latency-budget", "small"], "--latency-budget is 'small'"],
    ["a budget that nothing meets", ["--objectives", "error", "--latency-budget", "0.001"], "no architecture is within 0.001 ms"],
    [
      "too few measurements",
      ["--objectives", "error", "--latency-budget", "9", "--known", "predicted", "--measurements", "10"],
      "--measurements",
    ],
    ["a front of predictions", ["--latency-budget", "9", "--known", "predicted"], "a predicted latency is an objective or has a budget"],
    ["a test column of a front", ["--test-column", "cifar100_test"], "--test-column judges what was found within a budget"],
  ])("refuses %s", async (_, options, says) => {
    const { code, stderr } = await folder.run(
      ...["bench", "search", "--accuracy", join(tables, "accuracy.csv"), "--accuracy-column", "cifar100_valid"],
      ...["--latency", join(tables, "latency.csv"), "--latency-column", "gold_6240", ...options],
    );
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(says);
  });
});

it("bench score reports rank correlation and calibration by number of trials", async () => {
  const tables = publishedTables("nasbench201")[0]?.folder as string;
  const result = (await folder.json(
    ...["bench", "score", "--space", "nasbench201", "--accuracy", join(tables, "accuracy.csv"), "--accuracy-column", "cifar100_valid"],
    ...["--model", "ridge", "--trials-known", "20,60", "--features", "encoding", "--trials", "2", "--seed", "0"],
  )) as { features: string; known: number; models: Record<string, Record<string, Record<string, number>>> };
  expect(result).toMatchObject({ features: "encoding", known: 625 });
  expect(Object.keys(result.models)).toEqual(["ridge"]);
  expect(Object.keys(result.models.ridge ?? {})).toEqual(["20", "60"]);
  const { "20": few = {}, "60": many = {} } = result.models.ridge ?? {};
  const keys = ["spearman_mean", "spearman_sd", "kendall_mean", "spearman_best_quarter_mean", "kendall_best_quarter_mean"];
  expect(Object.keys(few)).toEqual([...keys, "rmse_mean", "coverage95_mean", "crps_mean", "log_density_mean", "fit_ms", "predict_ms"]);
  expect(many.spearman_mean).toBeGreaterThan(few.spearman_mean as number);
  expect(many.fit_ms).toBeGreaterThan(0);
});

describe.concurrent("help", () => {
  it("names every command, and each command's options", async () => {
    const { code, stdout } = await folder.run("--help");
    expect(code).toBe(0);
    for (const command of ["search", "runs", "pareto", "explain", "export", "device", "space", "bench", "doctor"]) {
      expect(stdout).toContain(`archwright ${command}`);
    }
    const search = await folder.run("search", "--help");
    for (const option of ["--resume", "--workers", "--seed", "--store"]) expect(search.stdout).toContain(option);
  });
});
