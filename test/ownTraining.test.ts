/** Searches whose candidates a program of the user's own trains, through the command line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createFolder, root } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

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

  it("exports the weights that it was given, for pixels as the program prepares them", async () => {
    const file = join(folder.path, "onnx.onnx");
    folder.write("onnx.yaml", yaml(["onnx"]).replace("name: small", "name: onnx"));
    const { trials } = (await folder.json("search", "onnx.yaml", "--workers", "2")) as Found;
    await folder.json("export", "onnx-1", String(trials[0]?.number), "--format", "onnx", "--output", file);
    expect(readFileSync(file).length).toBeGreaterThan(1000);
    folder.write("plain.yaml", yaml(["plain"]).replace("name: small", "name: plain"));
    const { trials: plain } = (await folder.json("search", "plain.yaml", "--workers", "2")) as Found;
    const { code, stderr } = await folder.run("export", "plain-1", String(plain[0]?.number), "--output", "none.onnx");
    expect(code).toBe(2);
    expect(stderr).toMatch(/has no trained weights[\s\S]*program of your own must name a file of them as 'weights'/);
  });
});
