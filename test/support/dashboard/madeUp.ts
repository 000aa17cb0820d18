/** Made-up runs, and trials as columns, for tests and measurements of the dashboard's page. */

import { createRng } from "@archwright/core/base";
import type { ColumnAnswer, PointsAnswer, RunAnswer, RunDetailAnswer, TrialAnswer } from "@archwright/dashboard";
import type { FakeStore } from "./fakeApi.ts";

const devices = ["stm32f746", "raspberry-pi-4"] as const;

export function madeUpRun(id: string, changes: Partial<RunAnswer> = {}): RunAnswer {
  return {
    id,
    ...{ experiment: "wake-word", status: "done", seed: 1, seconds: 5400, trials: 480, evaluations: 300, front: 14 },
    ...{ created_at: "2026-11-20T09:30:00.000Z", updated_at: "2026-11-20T11:00:00.000Z", process: null },
    score: { name: "accuracy", title: "accuracy", unit: "percent", better: "higher" },
    best_accuracy: 93.42,
    progress: { done: 300, total: 300, seconds_left: null, front_size: 14 },
    ...changes,
  };
}

/** Runs of several experiments, in every status, newest first. */
export function madeUpRuns(count: number): RunAnswer[] {
  const rng = createRng("runs");
  const names = ["wake-word", "fashion", "person-detection", "digits quickstart", "keyword spotting, 32 KiB"];
  const statuses = ["done", "done", "done", "interrupted", "failed", "killed"] as const;
  return Array.from({ length: count }, (_, i) => {
    const running = i < 2;
    const total = 100 * (1 + rng.int(5));
    const done = running ? rng.int(total) : total;
    const front = done === 0 ? null : 3 + rng.int(20);
    return madeUpRun(`r${String(count - i).padStart(5, "0")}-${rng.int(1e6)}`, {
      experiment: names[rng.int(names.length)] ?? "",
      status: running ? "running" : (statuses[rng.int(statuses.length)] ?? "done"),
      seed: rng.int(10),
      created_at: new Date(Date.UTC(2026, 10, 27, 9) - i * 7_400_000).toISOString(),
      seconds: 60 + rng.int(20_000),
      best_accuracy: front === null ? null : 85 + 10 * rng.next(),
      progress: { done, total, seconds_left: running ? 60 * (5 + rng.int(100)) : null, front_size: front },
    });
  });
}

const column = (name: string, changes: Partial<ColumnAnswer>): ColumnAnswer => ({
  ...{
    name,
    metric: name.split("@")[0] ?? name,
    title: name,
    unit: "count",
    kind: "cost",
    device: name.split("@")[1]?.split(":")[0] ?? null,
  },
  ...{ better: "lower", known: "computed", objective: false, budget: null },
  ...changes,
});

export const madeUpColumns: readonly ColumnAnswer[] = [
  column("accuracy", {
    title: "validation accuracy",
    unit: "percent",
    kind: "score",
    better: "higher",
    known: "evaluated",
    objective: true,
  }),
  ...devices.flatMap((device, i) => [
    column(`latency_ms@${device}`, { title: "latency", unit: "ms", known: "predicted", objective: i === 0, budget: i === 0 ? 60 : null }),
    column(`peak_memory_bytes@${device}`, { title: "peak memory", unit: "bytes", budget: i === 0 ? 262_144 : null }),
    column(`flash_bytes@${device}`, { title: "flash", unit: "bytes" }),
    column(`energy_mj@${device}`, { title: "energy", unit: "mJ" }),
  ]),
  column("latency_ms@stm32f746:measured", { title: "latency", unit: "ms", known: "measured" }),
  column("macs", { title: "MACs", kind: "count", known: "counted" }),
  column("parameters", { kind: "count", known: "counted" }),
  column("order", { kind: "order", better: null, known: "counted" }),
];

/** Trials whose accuracy grows with their size, with a search that gets better: a tenth over budget, some failed, few measured. */
export function madeUpPoints(count: number, { from = 0, run = "run", seed = "points" } = {}): PointsAnswer {
  const rng = createRng(`${seed} ${from}`);
  const values = Object.fromEntries(madeUpColumns.map(({ name }) => [name, [] as (number | null)[]]));
  const low95: Record<string, (number | null)[]> = { "latency_ms@stm32f746": [] };
  const high95: Record<string, (number | null)[]> = { "latency_ms@stm32f746": [] };
  const sd: Record<string, (number | null)[]> = { accuracy: [] };
  const [state, gate, stage]: [number[], number[], number[]] = [[], [], []];
  const put = (columns: Record<string, (number | null)[]>, name: string, value: number | null) => columns[name]?.push(value);
  for (let i = 0; i < count; i++) {
    const size = Math.exp(rng.normal() * 0.7);
    const luck = rng.normal();
    const latency = 18 * size * Math.exp(0.25 * rng.normal());
    const memory = Math.round(90_000 * size ** 0.6 * Math.exp(0.3 * rng.normal()));
    const accuracy = 94 - 9 * Math.exp(-0.9 * size) - Math.abs(2.2 * luck) + 1.2 * (1 - Math.exp(-(from + i) / 200));
    const failed = rng.next() < 0.01;
    const over = latency > 60 || memory > 262_144;
    const known = !failed && (!over || rng.next() < 0.3);
    state.push(failed ? 2 : over ? 1 : 0);
    gate.push(failed ? 4 : over ? (known ? 4 : 1) : 4);
    stage.push(known ? 1 : 0);
    put(values, "accuracy", known ? accuracy : null);
    put(sd, "accuracy", known && i % 3 === 0 ? 0.15 + 0.2 * rng.next() : null);
    for (const [device, factor] of [
      ["stm32f746", 1],
      ["raspberry-pi-4", 0.08 * Math.exp(0.3 * rng.normal())],
    ] as const) {
      put(values, `latency_ms@${device}`, latency * factor);
      put(values, `peak_memory_bytes@${device}`, device === "stm32f746" ? memory : 4 * memory);
      put(values, `flash_bytes@${device}`, Math.round(120_000 * size * (device === "stm32f746" ? 1 : 3.8)));
      put(values, `energy_mj@${device}`, latency * factor * (device === "stm32f746" ? 0.4 : 4));
    }
    put(low95, "latency_ms@stm32f746", latency * 0.88);
    put(high95, "latency_ms@stm32f746", latency * 1.14);
    put(values, "latency_ms@stm32f746:measured", known && rng.next() < 0.1 ? latency * Math.exp(0.06 * rng.normal()) : null);
    put(values, "macs", Math.round(4e6 * size));
    put(values, "parameters", Math.round(1.1e5 * size));
    put(values, "order", from + i + 1);
  }
  return {
    run,
    cursor: "1",
    more: false,
    columns: [...madeUpColumns],
    number: Array.from({ length: count }, (_, i) => from + i + 1),
    ...{ state, gate, stage, values, low95, high95, sd, front: [] },
    states: ["feasible", "infeasible", "failed"],
    gates: ["valid", "analytic", "predicted", "measured", "trained"],
  };
}

/** The same trials in several answers. */
export function inPages(points: PointsAnswer, size: number): PointsAnswer[] {
  const cut = (columns: Record<string, (number | null)[]>, from: number) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(from, from + size)]));
  const pages = Math.max(1, Math.ceil(points.number.length / size));
  return Array.from({ length: pages }, (_, page) => {
    const from = page * size;
    const more = page + 1 < pages;
    return {
      ...points,
      ...{ cursor: String(page + 1), more, front: more ? null : points.front },
      ...{ number: points.number.slice(from, from + size), state: points.state.slice(from, from + size) },
      ...{ gate: points.gate.slice(from, from + size), stage: points.stage.slice(from, from + size) },
      ...{ values: cut(points.values, from), low95: cut(points.low95, from), high95: cut(points.high95, from), sd: cut(points.sd, from) },
    };
  });
}

export function madeUpDetail(run: RunAnswer): RunDetailAnswer {
  const costs = madeUpColumns.filter(({ budget }) => budget !== null);
  return {
    ...run,
    ...{ space: { name: "mobile" }, algorithm: "nsga2", failures: { timeout: 3 }, stopped: { analytic: 40, trained: 12 } },
    objectives: madeUpColumns
      .filter(({ objective }) => objective)
      .map(({ name, metric, device, unit }) => ({ name, metric, device, unit })),
    budgets: costs.map(({ name, metric, device, unit, budget }) => ({
      ...{ name, metric, device, unit, limit: budget ?? 0, allowed: "at most" },
    })),
    devices: devices.map((name) => ({ name, kind: "profile" })),
    ...{ events: [], summary: null, settings: {}, actions: [] },
  };
}

export function madeUpTrial(
  number: number,
  architecture = `relu stem-c16 | c24 s1 dw-k5se | c32 s2 ir-k3e${1 + (number % 6)} | -`,
): TrialAnswer {
  return {
    ...{ number, architecture, status: "feasible", gate: "trained", macs: 4e6, parameters: 1e5, costs: {}, objectives: null },
    ...{ over_budget: [], fidelity: {}, seconds: 12 },
  };
}

/** A store with one run of so many trials, beside runs without any. */
export function madeUpStore(trials: number, runs = 1, pageOf = 20_000): FakeStore {
  const list = madeUpRuns(runs);
  const [first] = list;
  const id = first?.id ?? "";
  return {
    runs: list,
    details: Object.fromEntries(list.map((run) => [run.id, madeUpDetail(run)])),
    points: { [id]: inPages(madeUpPoints(trials, { run: id }), pageOf) },
    trial: (_, number) => madeUpTrial(number),
    others: {
      "/api/devices": {
        devices: [{ name: "stm32f746", origin: "shipped", kind: "profile", format: "int8", description: "A microcontroller" }],
      },
    },
  };
}
