/** Searches whose candidates a program of the user's own trains, through the command line. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFolder, root } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { redisIsInstalled, startRedis } from "./support/redis.ts";
import { full } from "./support/tier.ts";

const folder = createFolder();
const fake = join(root, "packages/runtimes/src/evaluators/command/fakeProgram.fixture.mjs");
const task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };

/** The small experiment, trained by the fake program. */
const yaml = (behaviour: readonly string[], changes: object = {}) => {
  const evaluator = { command: [process.execPath, fake, ...behaviour], task, epochs: 2, repeatable: true, ...changes };
  return experiment({ dataset: undefined, training: undefined, evaluator, search: { algorithm: "nsga2", population: 4, evaluations: 8 } });
};

interface Found {
  readonly summary: { readonly reproducible: string };
  readonly trials: readonly {
    readonly number: number;
    readonly seconds: number;
    readonly accuracy: number;
    readonly test_accuracy: number | null;
    readonly metrics?: { readonly recall: number };
    readonly objectives: object;
  }[];
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("a search with a training program of one's own", () => {
  it("killed and resumed ends in the trials of one that was left alone, and leaves no program behind", async () => {
    const pids = join(folder.path, "pids");
    folder.write("slow.yaml", yaml(["slow", pids]));
    const whole = (await folder.json("search", "slow.yaml", "--workers", "2", "--store", "whole.db")) as Found;
    expect(whole.summary.reproducible).toBe("exact");
    const kept = <T extends { readonly seconds: number }>({ seconds: _, ...trial }: T) => trial;
    const expected = folder.trials("small-1", join(folder.path, "whole.db")).map(kept);
    for (const trial of whole.trials) expect(trial.test_accuracy).toBe(trial.accuracy);

    const programs = () => readFileSync(pids, "utf8").trim().split("\n").map(Number);
    const before = programs().length;
    const search = folder.start("search", "slow.yaml", "--workers", "2");
    while (programs().length < before + 4) await sleep(10);
    search.process.kill("SIGKILL");
    await search.ended;
    const running = programs().slice(before);
    for (let wait = 0; wait < 200 && running.some(isAlive); wait++) await sleep(50);
    expect(running.filter(isAlive)).toEqual([]);
    expect(folder.trials("small-1").length).toBeLessThan(expected.length);
    const resumed = (await folder.json("search", "slow.yaml", "--workers", "2", "--resume")) as Found;
    expect(resumed.trials.map(kept)).toEqual(whole.trials.map(kept));
    expect(folder.trials("small-1").map(kept)).toEqual(expected);
  });

  it("goes on beside candidates that fail, and says why they did", async () => {
    folder.write("mixed.yaml", yaml(["mixed"], { repeatable: false }).replace("name: small", "name: mixed"));
    const found = (await folder.json("search", "mixed.yaml", "--workers", "2")) as Found;
    expect(found.summary.reproducible).toBe("replayable");
    const failed = folder.trials("mixed-1").flatMap(({ number, failure }) => (failure ? [{ number, ...failure }] : []));
    expect(failed.length).toBeGreaterThan(0);
    const { number, code, message } = failed[0] as (typeof failed)[number];
    expect(["crash", "bad-output"]).toContain(code);
    const { stdout } = await folder.run("explain", "mixed-1", String(number));
    expect(stdout).toContain(`failed: ${code}: ${message.split("\n")[0]}`);
  });

  it("minimises the program's own numbers, within bounds of them", async () => {
    const metrics = { recall: { goal: "maximise", at_least: 20 } };
    const text = yaml(["good"], { metrics }).replace("name: small", "name: metrics").replace("- error", "- recall");
    folder.write("metrics.yaml", text);
    const { trials } = (await folder.json("search", "metrics.yaml", "--workers", "2")) as Found;
    const all = folder.trials("metrics-1");
    const [best] = trials;
    const recalls = all.flatMap(({ metrics }) => metrics?.recall ?? []);
    expect(Math.max(...trials.map(({ metrics }) => metrics?.recall ?? 0))).toBe(Math.max(...recalls));
    expect(best?.objectives).toMatchObject({ recall: -(best?.metrics?.recall ?? 0) });
    for (const { status, gate, metrics, excesses } of all.filter(({ metrics }) => metrics)) {
      const over = (metrics?.recall ?? 0) < 20;
      expect({ status, gate, excesses }).toMatchObject({
        status: over ? "infeasible" : "feasible",
        gate: "trained",
        excesses: { length: over ? 1 : 0 },
      });
    }
    const { stdout } = await folder.run("pareto", "metrics-1", "--where", "recall>=20", "--format", "csv");
    expect(stdout.split("\n")[0]).toContain(",recall,");
    if (!full) return;
    folder.write("none.yaml", text.replace("at_least: 20", "at_least: 99").replace("name: metrics", "name: none"));
    const none = await folder.run("search", "none.yaml", "--workers", "2");
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(
      /none of \d+ candidates is within the bounds of the evaluator's metrics[\s\S]*recall is [\d.]+, less than the least that is allowed, 99/,
    );
  });

  it("exports the weights that it was given, for pixels as the program prepares them", async () => {
    const file = join(folder.path, "onnx.onnx");
    folder.write("onnx.yaml", yaml(["onnx"]).replace("name: small", "name: onnx"));
    const { trials } = (await folder.json("search", "onnx.yaml", "--workers", "2")) as Found;
    await folder.json("export", "onnx-1", String(trials[0]?.number), "--format", "onnx", "--output", file);
    expect(readFileSync(file).length).toBeGreaterThan(1000);
    if (!full) return;
    folder.write("plain.yaml", yaml(["plain"]).replace("name: small", "name: plain"));
    const { trials: plain } = (await folder.json("search", "plain.yaml", "--workers", "2")) as Found;
    const { code, stderr } = await folder.run("export", "plain-1", String(plain[0]?.number), "--output", "none.onnx");
    expect(code).toBe(2);
    expect(stderr).toMatch(/has no trained weights[\s\S]*program of your own must name a file of them as 'weights'/);
  });
});

describe.skipIf(!redisIsInstalled)("on a fleet", () => {
  it("evaluations go to workers that have the program, one to a GPU, and give what they give on one machine", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.dispose());
    const url = `redis://127.0.0.1:${redis.address.port}`;
    const notes = join(folder.path, "gpus");
    const command = `'${process.execPath}' '${fake}' gpu '${notes}'`;
    folder.write("alone.yaml", yaml([], { command, name: "trainer" }));
    const alone = (await folder.json("search", "alone.yaml", "--workers", "2", "--store", "alone.db")) as Found;
    // There the program is known by its name alone.
    folder.write("fleet.yaml", yaml([], { command: undefined, name: "trainer" }));
    writeFileSync(notes, "");
    const search = folder.start("search", "fleet.yaml", "--redis", url, "--store", "fleet.db", "--json");
    const without = folder.start("worker", "--redis", url, "--devices", "none", "--name", "without", "--json");
    await search.said("for a worker that has the program 'trainer'; start one with:");
    const having = ["--evaluator", `trainer=${command}`, "--gpus", "2", "--concurrency", "4", "--name", "having"];
    const worker = folder.start("worker", "--redis", url, "--devices", "none", ...having, "--json");
    const { code, stdout, stderr } = await search.ended;
    expect(code, stderr).toBe(0);
    const kept = <T extends { readonly seconds: number }>({ seconds: _, ...trial }: T) => trial;
    expect((JSON.parse(stdout) as Found).trials.map(kept)).toEqual(alone.trials.map(kept));
    const { stdout: status } = await folder.run("queue", "status", "--redis", url);
    expect(status).toMatch(/programs[\s\S]*trainer \(2 GPUs\)/);
    for (const each of [worker, without]) each.process.kill("SIGTERM");
    expect(JSON.parse((await worker.ended).stdout).jobs).toMatchObject({ evaluated: 8 });
    expect(JSON.parse((await without.ended).stdout).jobs).toMatchObject({ evaluated: 0, refused: 0 });
    const spans = readFileSync(notes, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Span);
    expect(new Set(spans.map(({ gpu }) => gpu))).toEqual(new Set(["0", "1"]));
    for (const span of spans) {
      const same = spans.filter((other) => other !== span && other.gpu === span.gpu);
      expect(same.filter(({ begun, ended }) => begun < span.ended && span.begun < ended)).toEqual([]);
    }
  });

  it.runIf(full)("programs end with a worker that is killed, and another worker evaluates what they were at", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.dispose());
    const url = `redis://127.0.0.1:${redis.address.port}`;
    const pids = join(folder.path, "fleet-pids");
    writeFileSync(pids, "");
    const programs = () => readFileSync(pids, "utf8").split("\n").filter(Boolean).map(Number);
    folder.write("killed.yaml", yaml([], { command: undefined, name: "trainer", epochs: 20 }).replace("name: small", "name: killed"));
    const having = ["--evaluator", `trainer='${process.execPath}' '${fake}' slow '${pids}'`, "--concurrency", "2", "--devices", "none"];
    const first = folder.start("worker", "--redis", url, ...having, "--name", "first", "--cache", "first");
    const search = folder.start("search", "killed.yaml", "--redis", url, "--json");
    while (programs().length < 2) await sleep(20);
    first.process.kill("SIGKILL");
    await first.ended;
    const running = programs();
    for (let wait = 0; wait < 200 && running.some(isAlive); wait++) await sleep(50);
    expect(running.filter(isAlive)).toEqual([]);
    const second = folder.start("worker", "--redis", url, ...having, "--name", "second", "--cache", "second");
    const { code, stdout, stderr } = await search.ended;
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as { summary: object }).summary).toMatchObject({ evaluations: 8, failures: {} });
    second.process.kill("SIGTERM");
    await second.ended;
  });

  it.runIf(full)("a program without a name is refused before anything is sent", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.dispose());
    folder.write("nameless.yaml", yaml(["good"]));
    const { code, stderr } = await folder.run("search", "nameless.yaml", "--redis", `redis://127.0.0.1:${redis.address.port}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no program travels to the workers of a fleet[\s\S]*--evaluator NAME=COMMAND/);
  });
});

interface Span {
  readonly gpu: string;
  readonly begun: number;
  readonly ended: number;
}
