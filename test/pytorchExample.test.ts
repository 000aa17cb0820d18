/** The worked example of a training program of one's own, in PyTorch. Skipped, saying so, where PyTorch is absent. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createRng, createSpace, type Network, programRequest, resolveSpaceSpec, type Task } from "@archwright/core";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { createFolder, root } from "./support/cli.ts";
import { accuracyOnExampleDigits } from "./support/exampleDigits.ts";
import { experiment } from "./support/experiment.ts";
import { pythonWithTorch, torchAbsent } from "./support/pytorch.ts";
import { full } from "./support/tier.ts";

vi.setConfig({ testTimeout: 600_000 });
const folder = createFolder();
const program = join(root, "examples/pytorch/train.py");
const task: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };

describe.skipIf(pythonWithTorch === undefined)(`the example in PyTorch${torchAbsent}`, () => {
  it("finds a front on the digits with two workers, whose weights are what it says", async () => {
    const { evaluator } = parse(readFileSync(join(root, "examples/pytorch/search.yaml"), "utf8")) as { evaluator: object };
    const own = { ...evaluator, command: [pythonWithTorch, program], epochs: full ? 6 : 3 };
    const search = { algorithm: "nsga2", population: 4, evaluations: full ? 16 : 4 };
    folder.write("pytorch.yaml", experiment({ name: "pytorch", dataset: undefined, training: undefined, evaluator: own, search }));
    const { trials, summary } = (await folder.json("search", "pytorch.yaml", "--workers", "2")) as {
      summary: { failures: object; evaluations: number };
      trials: { number: number; accuracy: number; test_accuracy: number }[];
    };
    expect(summary).toMatchObject({ failures: {}, evaluations: search.evaluations });
    expect(Math.max(...trials.map(({ accuracy }) => accuracy))).toBeGreaterThan(85);
    for (const { number, test_accuracy } of full ? trials : trials.slice(0, 1)) {
      const model = join(folder.path, `${number}.onnx`);
      await folder.json("export", "pytorch-1", String(number), "--output", model);
      // An image that two classes nearly share may fall to the other.
      expect(Math.abs((await accuracyOnExampleDigits(model)) - test_accuracy)).toBeLessThan(0.5);
    }
  });

  it.skipIf(!full)("resizes its images where the space chooses the resolution", async () => {
    const stages = [{ channels: 16, stride: 2, blocks: [{ type: "conv" as const }] }];
    const space = createSpace({ name: "custom", resolution: 6, stages }, task);
    const architecture = space.format(space.sample(createRng("example")));
    const lines = await train(space.network(space.parse(architecture), task), architecture, "resized");
    expect(lines.at(-1)).toMatchObject({ kind: "final" });
  });

  it("continued from a checkpoint ends as if it had not been interrupted", async () => {
    const space = createSpace(resolveSpaceSpec({ name: "mobile" }, task), task);
    const architecture = space.format(space.sample(createRng("example")));
    const network = space.network(space.parse(architecture), task);
    const whole = await train(network, architecture, "whole");
    const begun = await train(network, architecture, "interrupted", undefined, 1);
    expect(begun).toEqual(whole.slice(0, 1));
    const continued = await train(network, architecture, "interrupted", join(folder.path, "interrupted", "checkpoint.pt"));
    expect(continued.length).toBeGreaterThan(0);
    expect(continued).toEqual(whole.slice(-continued.length));
  });
});

/** The lines of one evaluation. @param stopAfter kills it after so many. */
async function train(network: Network, architecture: string, name: string, checkpoint?: string, stopAfter = Number.POSITIVE_INFINITY) {
  const workFolder = join(folder.path, name);
  mkdirSync(workFolder, { recursive: true });
  const limits = { timeMs: 1e6, memoryBytes: 2 ** 31 };
  const job = { architecture, network, task, fidelity: { epochs: 2 }, seed: 3, metrics: [], onnx: "none.onnx", workFolder, limits };
  const child = spawn(pythonWithTorch as string, [program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(programRequest({ ...job, ...(checkpoint === undefined ? {} : { checkpoint }) })));
  const lines: unknown[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(JSON.parse(line));
    if (lines.length === stopAfter) child.kill("SIGKILL");
    if (lines.length >= stopAfter) break;
  }
  return lines;
}
