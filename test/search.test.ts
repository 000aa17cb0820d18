import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse as parseCsv } from "csv-parse/sync";
import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Ended } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

/** As much of a trial's JSON as these tests look at. */
interface TrialJson {
  readonly number: number;
  readonly architecture: string;
  readonly accuracy: number | null;
  readonly test_accuracy: number | null;
  readonly costs: Readonly<
    Record<
      string,
      Readonly<Record<string, number>> & { readonly predicted: Record<string, number>; readonly measured: Record<string, number> }
    >
  >;
  readonly objectives: Readonly<Record<string, number>>;
}

interface FrontJson {
  readonly run: string;
  readonly objectives: readonly string[];
  readonly trials: readonly TrialJson[];
}

const folder = createFolder();
let search: Ended;
let front: FrontJson;

beforeAll(async () => {
  const devices = [{ name: "stm32f746", budgets: { peak_memory: "24KiB", latency: "2ms" } }, "local"];
  folder.write("small.yaml", experiment({ devices }));
  search = await folder.run("search", "small.yaml", "--workers", "2", "--json");
  front = JSON.parse(search.stdout) as FrontJson;
});

describe("search", () => {
  it("ends well, with one JSON document on stdout and its progress on stderr", () => {
    expect(search.code, search.stderr).toBe(0);
    expect(front).toMatchObject({ run: "small-1", status: "done", objectives: ["error", "latency@stm32f746"] });
    expect(search.stderr).toContain("run small-1\n");
    expect(search.stderr).toMatch(/^8\/8 trained.* best: error [\d.]+ %, latency@stm32f746 [\d.]+[mµ]s/m);
    expect(search.stderr).toContain(`final report: ${2 * front.trials.length} tests and measurements\n`);
  });

  it("gives a front of trained networks with predicted and measured costs, none of which dominates another", () => {
    expect(front.trials.length).toBeGreaterThan(0);
    for (const trial of front.trials) {
      expect(trial.architecture).toMatch(/^stem-s[12] \| /);
      expect(trial.test_accuracy).toBeGreaterThan(0);
      const { stm32f746, local } = trial.costs;
      expect(stm32f746?.latency_ms).toBeLessThanOrEqual(2);
      expect(stm32f746?.peak_memory_bytes).toBeLessThanOrEqual(24 * 1024);
      expect(stm32f746?.measured).toEqual({});
      expect(local?.predicted.latency_ms).toBeGreaterThan(0);
      expect(local?.latency_ms).toBe(local?.measured.latency_ms);
      expect(trial.objectives).toEqual({ error: 100 - (trial.accuracy ?? 0), "latency@stm32f746": stm32f746?.latency_ms });
    }
    // Guessing would give 10 %.
    expect(Math.max(...front.trials.map(({ accuracy }) => accuracy ?? 0))).toBeGreaterThan(30);
    const errors = front.trials.map((trial) => trial.objectives.error as number);
    const latencies = front.trials.map((trial) => trial.objectives["latency@stm32f746"] as number);
    expect(errors).toEqual([...errors].sort((a, b) => a - b));
    expect(latencies).toEqual([...latencies].sort((a, b) => b - a));
  });

  it("stores every trial, with what stopped those that were stopped", () => {
    const trials = folder.trials("small-1");
    expect(trials.filter(({ gate }) => gate === "trained")).toHaveLength(8);
    for (const { status, gate, excesses } of trials) {
      expect(status).toBe(gate === "trained" ? "feasible" : "infeasible");
      expect(excesses.length > 0).toBe(status === "infeasible");
    }
  });
});

describe.concurrent("pareto", () => {
  it("shows the latest run's front as the search gave it", async () => {
    expect(await folder.json("pareto")).toMatchObject({ run: "small-1", trials: front.trials });
  });

  it("prints a table of one line a trial, no wider than its text needs", async () => {
    const { code, stdout } = await folder.run("pareto", "small-1");
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    const rule = lines.findIndex((line) => /^─+$/.test(line));
    expect(lines.slice(rule + 1)).toHaveLength(front.trials.length);
    expect(lines.slice(rule + 1).map((line) => Number(/^ *(\d+) /.exec(line)?.[1]))).toEqual(front.trials.map(({ number }) => number));
    expect(lines.every((line) => line === line.trimEnd() && line.length <= 150)).toBe(true);
    for (const { architecture } of front.trials) expect(stdout).toContain(architecture);
    expect(stdout).toMatch(/predicted +measured/);
  });

  it("writes CSV with units in the names of its columns and nothing rounded", async () => {
    const { stdout } = await folder.run("pareto", "--format", "csv");
    const rows = parseCsv(stdout, { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => row.architecture)).toEqual(front.trials.map(({ architecture }) => architecture));
    const local = front.trials[0]?.costs.local;
    expect(Number(rows[0]?.["latency_ms_measured@local"])).toBe(local?.measured.latency_ms);
    expect(Number(rows[0]?.["latency_ms_predicted@local"])).toBe(local?.predicted.latency_ms);
    expect(Number(rows[0]?.["peak_memory_bytes@stm32f746"])).toBe(front.trials[0]?.costs.stm32f746?.peak_memory_bytes);
    expect(Number(rows[0]?.test_accuracy)).toBe(front.trials[0]?.test_accuracy);
  });

  it("draws an SVG with a dot for each feasible trial", async () => {
    const { code } = await folder.run("pareto", "--format", "svg", "--output", "front.svg");
    expect(code).toBe(0);
    const text = readFileSync(join(folder.path, "front.svg"), "utf8");
    const { document } = parseHTML(text);
    const svg = document.querySelector("svg");
    expect(svg?.getAttribute("xmlns")).toBe("http://www.w3.org/2000/svg");
    expect(document.querySelectorAll("circle")).toHaveLength(8);
    expect(document.querySelectorAll("circle title")).toHaveLength(8);
    expect(text).toContain("latency@stm32f746 (ms)");
    expect(text).toContain("validation error (%)");
  });

  it("takes other objectives, one device's view, and conditions with and without units", async () => {
    const bound = front.trials[0]?.costs.stm32f746?.latency_ms as number;
    const [smallest, ofLocal, bare, withUnits] = (await Promise.all([
      folder.json("pareto", "--objectives", "parameters"),
      folder.json("pareto", "--device", "local"),
      folder.json("pareto", "--where", `latency_ms@stm32f746<${bound}`),
      folder.json(
        ...["pareto", "--device", "stm32f746", "--where", `latency<=${bound * 1000.001}us`],
        ...["--where", "peak_memory<=24KiB", "--where", "accuracy>=0"],
      ),
    ])) as [FrontJson, FrontJson, FrontJson, FrontJson];
    const feasible = folder.trials("small-1").filter(({ status }) => status === "feasible");
    expect(smallest.objectives).toEqual(["parameters"]);
    expect(smallest.trials[0]).toMatchObject({ parameters: Math.min(...feasible.map(({ parameters }) => parameters ?? Number.NaN)) });
    expect(ofLocal.objectives).toEqual(["error", "latency@local"]);
    const numbers = ({ trials }: FrontJson) => trials.map(({ number }) => number);
    const below = front.trials.filter((trial) => (trial.objectives["latency@stm32f746"] as number) < bound);
    expect(numbers(bare)).toEqual(below.map(({ number }) => number));
    expect(numbers(withUnits)).toEqual(numbers(front));
  });

  it("says so where no trial meets the conditions", async () => {
    const { code, stdout, stderr } = await folder.run("pareto", "--where", "accuracy>100");
    expect(code).toBe(0);
    expect(`${stdout}${stderr}`).toContain("no feasible trial of small-1 meets the conditions");
  });
});

describe.concurrent("explain", () => {
  it("shows a feasible trial's gates and where its network spends its time", async () => {
    const number = String(front.trials[0]?.number);
    const explained = (await folder.json("explain", "small-1", number)) as {
      gates: { gate: string; state: string }[];
      devices: { device: string; kernels: { latency_ms: number; bound_by: string }[] }[];
    };
    expect(explained.gates.map(({ gate, state }) => `${gate} ${state}`)).toEqual([
      "valid passed",
      "analytic passed",
      "predicted passed",
      "measured passed",
      "trained passed",
    ]);
    const kernels = explained.devices.find(({ device }) => device === "stm32f746")?.kernels ?? [];
    expect(kernels.length).toBeGreaterThan(3);
    const total = kernels.reduce((sum, kernel) => sum + kernel.latency_ms, 0);
    expect(total).toBeCloseTo(front.trials[0]?.costs.stm32f746?.latency_ms as number, 9);
    const { stdout } = await folder.run("explain", "small-1", number);
    expect(stdout).toContain("bound by");
  });

  it("says by how much an infeasible trial is over which budget", async () => {
    const stopped = folder.trials("small-1").find(({ status }) => status === "infeasible");
    const explained = await folder.json("explain", "small-1", String(stopped?.number));
    expect(explained).toMatchObject({ status: "infeasible", gate: "analytic", excesses: [{ device: "stm32f746" }] });
    const { code, stdout } = await folder.run("explain", "small-1", String(stopped?.number));
    expect(code).toBe(0);
    expect(stdout).toMatch(/over budget: \w+@stm32f746 is .* times the budget of/);
    expect(stdout).toContain("trained not reached");
  });
});

describe.concurrent("export", () => {
  it("writes a model that, run by onnxruntime alone, has the test accuracy that the report claims", async () => {
    const script = fileURLToPath(new URL("support/check-exported.mjs", import.meta.url));
    await Promise.all(
      front.trials.map(async ({ number, test_accuracy }) => {
        const output = `model-${number}.onnx`;
        const { code, stdout } = await folder.run("export", "small-1", String(number), "--format", "onnx", "--output", output);
        expect(code).toBe(0);
        expect(stdout).toContain(output);
        const checked = await promisify(execFile)(process.execPath, [script, join(folder.path, output)]);
        expect(JSON.parse(checked.stdout)).toMatchObject({ images: 267, accuracy: test_accuracy });
      }),
    );
  });

  it("writes the network and the trial as JSON", async () => {
    const [trial] = front.trials;
    expect(await folder.json("export", "small-1", String(trial?.number), "--format", "json", "--output", "model.json")).toMatchObject({
      run: "small-1",
      format: "json",
    });
    const written = JSON.parse(readFileSync(join(folder.path, "model.json"), "utf8")) as {
      trial: TrialJson;
      network: { nodes: unknown[] };
    };
    expect(written.trial).toEqual(trial);
    expect(written.network.nodes.length).toBeGreaterThan(3);
  });
});

describe("runs", () => {
  it("lists, shows and deletes", async () => {
    const [list, latest, { stdout }] = await Promise.all([
      folder.json("runs", "list"),
      folder.json("runs", "show"),
      folder.run("runs", "show", "small-1"),
    ]);
    const numbers = front.trials.map(({ number }) => number);
    expect(list).toMatchObject({ runs: [{ id: "small-1", status: "done", seed: 5 }] });
    expect(latest).toMatchObject({
      id: "small-1",
      summary: { reason: "evaluations", evaluations: 8, reproducible: "exact", front: numbers },
      events: expect.arrayContaining([expect.objectContaining({ kind: "started" }), expect.objectContaining({ kind: "done" })]),
      experiment: { name: "small" },
    });
    expect(stdout).toContain(`, trials ${numbers.join(", ")}\n`);
    expect((await folder.run("runs", "delete", "small-1")).code).toBe(0);
    expect(await folder.json("runs", "list")).toEqual({ runs: [] });
    const { code, stderr } = await folder.run("pareto");
    expect(code).toBe(2);
    expect(stderr).toContain("the store holds no run yet");
  });
});
