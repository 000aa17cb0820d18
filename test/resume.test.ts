import { copyFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createRng, type Store, type Trial } from "@archwright/core";
import { openStoreForReading } from "@archwright/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Ended } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { workersOf } from "./support/processes.ts";
import { full } from "./support/tier.ts";

const folder = createFolder();
// Measured on this machine for the report, which does not steer: trials are the same but for what was measured.
const yaml = experiment({
  devices: [{ name: "stm32f746", budgets: { peak_memory: "24KiB", latency: "2ms" } }, "local"],
  search: { algorithm: "nsga2", population: 4, evaluations: 12 },
  training: { epochs: 6, batch_size: 32, learning_rate: 0.01 },
});

/** All of a trial but how long it took and what was measured. */
function comparable(trials: Iterable<Trial>): readonly unknown[] {
  return [...trials].map(({ seconds: _, devices, ...trial }) => ({
    ...trial,
    devices: Object.fromEntries(Object.entries(devices).map(([name, { estimates }]) => [name, estimates])),
  }));
}

/** The front as it was given, but for measurements and times. */
function comparableFront({ stdout }: Ended): readonly unknown[] {
  const { trials } = JSON.parse(stdout) as {
    trials: { architecture: string; accuracy: number; test_accuracy: number; objectives: unknown }[];
  };
  return trials.map(({ architecture, accuracy, test_accuracy, objectives }) => ({ architecture, accuracy, test_accuracy, objectives }));
}

let whole: Ended;
let trials: readonly unknown[];
let wholeMs: number;

beforeAll(async () => {
  folder.write("small.yaml", yaml);
  const startedAt = performance.now();
  whole = await folder.run("search", "small.yaml", "--workers", "2", "--json", "--store", "whole.db");
  wholeMs = performance.now() - startedAt;
  expect(whole.code, whole.stderr).toBe(0);
  trials = comparable(folder.trials("small-1", `${folder.path}/whole.db`));
});

describe.concurrent("a search", () => {
  it("killed at any moment and resumed ends in the trials of one that was left alone, and leaves no process behind", async () => {
    // RESUME_SEED=2 chooses other moments; how far the search is at each depends on the machine.
    const seed = process.env.RESUME_SEED ?? "1";
    const rng = createRng(seed);
    const moments = ["when it began", ...[1, 2, 3].map(() => Math.round(wholeMs * (0.2 + 0.4 * rng.next())))];
    const told = `killed ${moments.join(", then after ms ")} (RESUME_SEED=${seed})`;
    const found: number[] = [];
    for (const [session, moment] of moments.entries()) {
      const search = folder.start("search", "small.yaml", "--workers", "2", "--resume", "--json");
      const pid = search.process.pid as number;
      if (typeof moment === "number") await Promise.race([sleep(moment), search.ended]);
      else await search.said("run small-1");
      search.process.kill("SIGKILL");
      const { signal } = await search.ended;
      for (let wait = 0; wait < 100 && workersOf(pid).length > 0; wait++) await sleep(50);
      expect(workersOf(pid), told).toEqual([]);
      found.push(folder.trials("small-1").length);
      if (session === 0) expect(signal, told).toBe("SIGKILL");
    }
    expect(
      [...found].sort((a, b) => a - b),
      told,
    ).toEqual(found);
    if (found.at(-1) !== trials.length) expect(await folder.json("runs", "list"), told).toMatchObject({ runs: [{ status: "killed" }] });

    const last = await folder.run("search", "small.yaml", "--workers", "2", "--resume", "--json");
    expect(last.code, `${told}\n${last.stderr}`).toBe(0);
    expect(last.stderr).toMatch(/^run small-1, (resumed|already done)$/m);
    expect(comparable(folder.trials("small-1")), told).toEqual(trials);
    expect(comparableFront(last), told).toEqual(comparableFront(whole));
    expect((await folder.json("runs", "list")) as object, told).toMatchObject({ runs: [{ id: "small-1", status: "done" }] });
  });

  it("that is steady, killed and resumed, keeps what was told and repeats the order of it", async () => {
    const store = ["--store", "steady.db"];
    const file = `${folder.path}/steady.db`;
    folder.write("steady.yaml", yaml.replace("population: 4", "population: 4\n  mode: steady").replace("epochs: 6", "epochs: 2"));
    const search = folder.start("search", "steady.yaml", "--workers", "2", ...store);
    await search.said("run small-1");
    while (folder.trials("small-1", file).length < 4) await sleep(20);
    search.process.kill("SIGKILL");
    await search.ended;
    const kept = folder.trials("small-1", file);
    expect(kept.every(({ told }) => told !== undefined)).toBe(true);

    const resumed = await folder.run("search", "steady.yaml", "--workers", "2", "--resume", "--json", ...store);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ summary: { evaluations: 12, reproducible: "replayable" } });
    const all = folder.trials("small-1", file);
    expect(all.filter(({ gate }) => gate === "trained")).toHaveLength(12);
    expect(new Set(all.map(({ architecture }) => architecture)).size).toBe(all.length);
    expect(all.map(({ told }) => told?.place).sort((a, b) => Number(a) - Number(b))).toEqual(all.map((_, place) => place));
    for (const { number, architecture, told, score } of kept)
      expect(all[number]).toMatchObject({ architecture, told, ...(score ? { score } : {}) });
  });

  it("stopped with Ctrl-C ends with 130, says how to go on, and does", async () => {
    const store = ["--store", "ctrl-c/store.db"];
    const search = folder.start("search", "small.yaml", "--workers", "2", "--json", ...store);
    await search.said("run small-1");
    const file = `${folder.path}/ctrl-c/store.db`;
    while (folder.trials("small-1", file).length < 3) await sleep(20);
    const pid = search.process.pid as number;
    process.kill(-pid, "SIGINT");
    const { code, stdout, stderr } = await search.ended;
    expect(code, stderr).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "interrupted" } });
    expect(stderr).toContain("search small.yaml --resume");
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect(workersOf(pid)).toEqual([]);
    expect(await folder.json("runs", "show", ...store)).toMatchObject({ status: "interrupted" });

    // With another number of workers, too.
    const resumed = await folder.run("search", "small.yaml", "--workers", "1", "--json", "--resume", ...store);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(comparable(folder.trials("small-1", file))).toEqual(trials);
    expect(comparableFront(resumed)).toEqual(comparableFront(whole));
    const { events } = (await folder.json("runs", "show", ...store)) as { events: { kind: string }[] };
    const kinds = events.map(({ kind }) => kind).filter((kind) => !kind.startsWith("worker-"));
    expect(kinds).toEqual(["dataset", "started", "interrupted", "resumed", "done"]);
  });

  it.runIf(full)("whose process group is stopped during the final report, completes it when resumed, and blames no network", async () => {
    const file = `${folder.path}/report.db`;
    const args = ["search", "small.yaml", "--workers", "2", "--json", "--store", "report.db"];
    const pieces = (store: Store) =>
      [...store.trials("small-1")].flatMap(({ testScore, devices }) => [
        ...(testScore === undefined ? [] : ["test"]),
        ...(devices.local?.measurements ?? []),
      ]).length;
    const stops: (readonly [string, number])[] = [];
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) {
      const search = folder.start(...args, ...(stops.length > 0 ? ["--resume"] : []));
      await search.said("run small-1");
      let ended: Ended | undefined;
      void search.ended.then((end) => {
        ended = end;
      });
      // Each session adds a piece or two before it is stopped, at whatever it is doing then.
      const store = openStoreForReading(file);
      const before = pieces(store);
      while (pieces(store) === before && !ended) await sleep(10);
      stops.push([signal, pieces(store)]);
      store.close();
      try {
        if (!ended) process.kill(-(search.process.pid as number), signal);
      } catch (error) {
        // It has ended by itself since, which is not known here yet.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
      expect([0, 130], `${(await search.ended).stderr}`).toContain((await search.ended).code);
    }
    const last = await folder.run(...args, "--resume");
    const told = `stopped with pieces of the report: ${stops.join("; ")}\n${last.stderr}`;
    expect(last.code, told).toBe(0);
    expect(comparable(folder.trials("small-1", file)), told).toEqual(trials);
    expect(comparableFront(last), told).toEqual(comparableFront(whole));
    const { trials: members, summary } = JSON.parse(last.stdout) as { trials: unknown[]; summary: { missing: unknown } };
    expect(summary.missing, told).toEqual([]);
    const store = openStoreForReading(file);
    expect(pieces(store), told).toBe(2 * members.length);
    store.close();
    const { events } = (await folder.json("runs", "show", "--store", "report.db")) as { events: { kind: string }[] };
    expect(events.filter(({ kind }) => kind === "report-failed" || kind === "worker-lost")).toEqual([]);
  });

  it("goes on where nobody reads what it says and its terminal is closed", async () => {
    const store = ["--store", "alone.db"];
    const search = folder.start("search", "small.yaml", "--workers", "2", ...store);
    await search.said("run small-1");
    search.process.stderr?.destroy();
    search.process.stdout?.destroy();
    process.kill(-(search.process.pid as number), "SIGHUP");
    expect(await search.ended).toMatchObject({ code: 0, signal: null });
    expect(await folder.json("runs", "list", ...store)).toMatchObject({ runs: [{ status: "done" }] });
    expect(comparable(folder.trials("small-1", `${folder.path}/alone.db`))).toEqual(trials);
  });

  it("gives the same trials whatever the number of workers, also beside another in the same store", async () => {
    const store = ["--store", "both.db"];
    const both = await Promise.all(
      ["1", "3"].map((workers) => folder.run("search", "small.yaml", "--workers", workers, "--json", ...store)),
    );
    for (const { code, stderr } of both) expect(code, stderr).toBe(0);
    for (const run of ["small-1", "small-2"]) expect(comparable(folder.trials(run, `${folder.path}/both.db`))).toEqual(trials);
    expect(both.map(comparableFront)).toEqual([comparableFront(whole), comparableFront(whole)]);
  });

  it("is not resumed while another process runs it", async () => {
    const store = ["--store", "live.db"];
    // Outlasts the two programs that start beside it, however busy the machine is.
    folder.write("long.yaml", experiment({ search: { algorithm: "random", evaluations: 500 } }));
    const search = folder.start("search", "long.yaml", "--workers", "1", ...store);
    await search.said("run small-1");
    const pid = search.process.pid as number;
    const second = await folder.run("search", "long.yaml", "--resume", ...store);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`run small-1 is being run by process ${pid}`);
    const deleted = await folder.run("runs", "delete", "small-1", ...store);
    expect(deleted.code).toBe(2);
    search.process.kill("SIGTERM");
    expect((await search.ended).code).toBe(130);

    const both = [1, 2].map(() => folder.start("search", "long.yaml", "--workers", "1", "--resume", "small-1", ...store));
    const refused = await Promise.race(both.map(({ ended }) => ended));
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain("run small-1 is being run by process");
    for (const { process } of both) process.kill("SIGTERM");
    expect((await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code).sort()).toEqual([130, 2]);
  });

  it("of an edited experiment is refused with the keys that differ, and of more evaluations goes on", async () => {
    const edited = yaml.replace("population: 4", "population: 6").replace("24KiB", "30KiB");
    folder.write("edited.yaml", edited);
    const refused = await folder.run("search", "--resume", "edited.yaml", "--store", "whole.db");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("devices.stm32f746.budgets.peak_memory: 24KiB → 30KiB");
    expect(refused.stderr).toContain("search.population: 4 → 6");
    expect(refused.stderr).toMatch(/write instead: archwright search edited\.yaml --store whole\.db$/m);

    folder.write("more.yaml", yaml.replace("evaluations: 12", "evaluations: 14"));
    copyFileSync(`${folder.path}/whole.db`, `${folder.path}/more.db`);
    const more = await folder.run("search", "more.yaml", "--resume", "small-1", "--workers", "2", "--json", "--store", "more.db");
    expect(more.code, more.stderr).toBe(0);
    expect(JSON.parse(more.stdout)).toMatchObject({ run: "small-1", summary: { evaluations: 14, missing: [] } });
    const all = folder.trials("small-1", `${folder.path}/more.db`);
    const untested = (list: readonly unknown[]) => list.map((trial) => ({ ...(trial as Trial), testScore: undefined }));
    expect(untested(comparable(all.slice(0, trials.length)))).toEqual(untested(trials));
  });

  it("of another seed is not taken for one to go on with", async () => {
    const search = folder.start("search", "small.yaml", "--seed", "6", "--resume", "--store", "whole.db");
    await search.said("run small-2\n");
    search.process.kill("SIGTERM");
    expect((await search.ended).code).toBe(130);
    const runs = await folder.json("runs", "list", "--store", "whole.db");
    expect(runs).toMatchObject({
      runs: [
        { id: "small-1", seed: 5, status: "done" },
        { id: "small-2", seed: 6, status: "interrupted" },
      ],
    });
  });
});
