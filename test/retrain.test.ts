/** Networks of a finished search trained again, through the command line; a program that takes no time stands for the training. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { retrainingsAt, type Trial } from "@archwright/core";
import { expect, it } from "vitest";
import { createFolder, root } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { workersOf } from "./support/processes.ts";
import { full } from "./support/tier.ts";

const folder = createFolder();
const fake = join(root, "packages/runtimes/src/evaluators/command/fakeProgram.fixture.mjs");
const task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };
const searched = { search: { algorithm: "nsga2", population: 4, evaluations: 4 } };
const byProgram = (behaviour: readonly string[]) =>
  experiment({
    ...{ dataset: undefined, training: undefined, ...searched },
    evaluator: { command: [process.execPath, fake, ...behaviour], task, epochs: 2, repeatable: true },
  });

interface Retrained {
  readonly makes_front: boolean;
  readonly trials: readonly {
    readonly number: number;
    readonly accuracy: number;
    readonly retrained: { readonly seeds: number; readonly accuracy: number; readonly accuracy_sd: number; readonly test_accuracy: number };
  }[];
}
interface Front {
  readonly trials: readonly { readonly number: number; readonly accuracy: number; readonly seeds: number; readonly fidelity: object }[];
  readonly differences: { readonly of: string; readonly pairs: readonly object[] };
}

const longer = { epochs: 30 };
const scoresOf = (trial: Trial | undefined) => retrainingsAt(trial ?? {}, longer).map(({ score }) => score as number);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

it("a front is retrained with three seeds, shown by their means, and exported with the best weights", async () => {
  folder.write("small.yaml", byProgram(["good"]));
  await folder.json("search", "small.yaml", "--workers", "2");
  const found = (await folder.json("retrain", "small-1", "--epochs", "30", "--workers", "2")) as Retrained;
  const stored = folder.trials("small-1");
  expect(found.makes_front).toBe(true);
  for (const { number, accuracy, retrained } of found.trials) {
    const scores = scoresOf(stored[number]);
    expect(accuracy).toBe(stored[number]?.score);
    expect(retrained).toMatchObject({
      seeds: 3,
      accuracy: expect.closeTo(mean(scores), 9),
      test_accuracy: expect.closeTo(mean(scores) - 1, 9),
    });
  }
  const [first] = found.trials;
  const [front, exported] = await Promise.all([
    folder.json("pareto", "small-1") as Promise<Front>,
    folder.json("export", "small-1", String(first?.number), "--output", "model.onnx"),
  ]);
  expect(front.trials[0]).toMatchObject({ seeds: 3, fidelity: longer });
  expect(front.differences?.of ?? "test_accuracy").toBe("test_accuracy");
  const best = Math.max(...scoresOf(stored[first?.number as number]));
  expect(exported).toMatchObject({ weights: { trained_by: "retraining", fidelity: longer, accuracy: best, test_accuracy: best - 1 } });
});

it.runIf(full)("a retraining that is killed goes on with what is missing, and ends as one that was left alone", async () => {
  folder.write("slow.yaml", byProgram(["slow", join(folder.path, "pids")]).replace("name: small", "name: slow"));
  await folder.json("search", "slow.yaml", "--workers", "2");
  const whole = join(folder.path, "whole.db");
  copyFileSync(folder.store, whole);
  const again = ["retrain", "slow-1", "--epochs", "30", "--workers", "2"];
  const expected = await folder.json(...again, "--store", whole);
  const retraining = folder.start(...again);
  await retraining.said("2 of ");
  const pid = retraining.process.pid as number;
  const second = await folder.run(...again);
  expect([second.code, second.stderr]).toEqual([2, expect.stringMatching(/run slow-1 is being run by process/)]);
  retraining.process.kill("SIGKILL");
  await retraining.ended;
  for (let wait = 0; wait < 100 && workersOf(pid).length > 0; wait++) await sleep(50);
  const untimed = (found: unknown) => JSON.parse(JSON.stringify(found, (key, value) => (key === "seconds" ? undefined : value)));
  const before = folder.trials("slow-1").flatMap(({ retrainings = [] }) => retrainings).length;
  const { code, stderr, stdout } = await folder.run(...again, "--json");
  expect(code, stderr).toBe(0);
  expect(untimed(JSON.parse(stdout))).toEqual(untimed(expected));
  const of = folder.trials("slow-1").flatMap(({ retrainings = [] }) => retrainings).length;
  expect(stderr).toContain(`${of - before} of ${of - before} trained`);
});
