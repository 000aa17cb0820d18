/** The command evaluator through the evaluators' suite, and beside a program that misbehaves in every way. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type CommandSpec,
  createRng,
  createSpace,
  type ProgramDocument,
  parameterVectorLength,
  programSchema,
  resolveSpaceSpec,
  type Task,
} from "@archwright/core";
import { evaluatorConformance } from "@archwright/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { decodeModel } from "../../onnx/proto.ts";
import { createCommandEvaluator } from "../command.ts";
import { runProgram } from "./program.ts";

const program = fileURLToPath(new URL("fakeProgram.fixture.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "archwright-command-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const task: Task = { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 };
const space = createSpace(resolveSpaceSpec({ name: "nasbench201", cells_per_stage: 1, channels: 4 }, task), task);
const architecture = space.format(space.sample(createRng("command")));
const network = space.network(space.parse(architecture), task);
const limits = { trialTimeMs: 60_000, trialMemoryBytes: 2 ** 31 };

function open(command: CommandSpec["command"], changes: Partial<CommandSpec> = {}, limit: Partial<typeof limits> = {}) {
  const {
    epochs = 10,
    least_score: leastScore,
    metrics,
    repeatable,
  } = programSchema.parse({ command: command ?? "true" }) as ProgramDocument;
  const spec: CommandSpec = {
    kind: "command",
    ...(command ? { command } : {}),
    folder,
    epochs,
    leastScore,
    metrics,
    repeatable,
    ...changes,
  };
  return createCommandEvaluator({ space, task, spec, limits: { ...limits, ...limit } });
}
const fake = (...behaviour: readonly string[]) => [process.execPath, program, ...behaviour];

const run = async (...args: Parameters<typeof open>) => (await open(...args)).evaluate(architecture, { epochs: 3 }, 7);

evaluatorConformance("a program of one's own", async () => ({
  evaluator: await open(fake("good"), { metrics: { recall: { goal: "maximise" } } }),
  architecture,
}));

describe("a program that does what it should", () => {
  it("gives score, test score, metrics and weights", async () => {
    const { score, testScore, metrics, weights } = await run(fake("good"));
    expect(score).toBeGreaterThanOrEqual(10);
    expect(testScore).toBe(score - 1);
    expect(metrics).toEqual({ recall: score / 2 });
    expect(weights).toHaveLength(parameterVectorLength(network));
    expect(weights?.[1]).toBeCloseTo(Math.sin(8));
  });

  it("may give its weights as ONNX: those that it was given are the network's with this seed", async () => {
    const [one, same] = [await run(fake("onnx")), await run(fake("onnx"))];
    expect(one.weights).toHaveLength(parameterVectorLength(network));
    expect(same).toEqual(one);
  });

  it.each([["plain"], ["unended"], ["blank"], ["deaf"]])("may be short (%s)", async (behaviour) => {
    const result = await run(fake(behaviour));
    expect(Object.keys(result)).toEqual(["score"]);
  });

  it("may be a text for the shell, and reads one JSON object", async () => {
    const file = join(folder, "request.json");
    const { score } = await run(`FILE=${file} && exec '${process.execPath}' '${program}' request "$FILE"`, { metrics: {} });
    expect(score).toBe(50);
    const { network: sent, parameters, onnx, work_folder, ...request } = JSON.parse(readFileSync(file, "utf8"));
    expect(request).toEqual({
      protocol: 1,
      architecture,
      input: { channels: 1, height: 8, width: 8 },
      task,
      score: { name: "accuracy", unit: "percent", direction: "maximise", worst: 0, best: 100 },
      metrics: [],
      fidelity: { epochs: 3 },
      seed: 7,
      checkpoint: null,
      limits: { seconds: 60, memory_bytes: 2 ** 31 },
    });
    expect(sent).toMatchObject({ format: "archwright-network", version: 1 });
    expect(sent.nodes).toHaveLength(network.nodes.length);
    expect(parameters[0]).toEqual({ name: expect.stringMatching(/\.weight$/), shape: [4, 1, 3, 3] });
    expect(onnx.startsWith(work_folder)).toBe(true);
    // A temporary folder goes with the evaluation.
    expect(existsSync(work_folder)).toBe(false);
  });

  it("is ended some time after its final line at the latest, and its score stands", async () => {
    const lines: string[] = [];
    const request = JSON.stringify({ fidelity: { epochs: 1 } });
    const onLine = (text: string) => {
      lines.push(text);
      return "end" as const;
    };
    const spec = { command: fake("hang-after-final"), folder, request, onLine, graceMs: 100 };
    await runProgram({ ...spec, limits: { timeMs: 60_000, memoryBytes: 2 ** 31 } });
    expect(lines).toEqual(['{"kind":"final","score":50}']);
  });

  it("is stopped where it falls short of what its epoch must have, and has the score that it had then", async () => {
    const { score: full } = await run(fake("good"));
    expect(await run(fake("good"), { leastScore: { 2: 100 } })).toEqual({ score: (2 * full) / 3 });
    expect((await run(fake("good"), { leastScore: { 2: 1 } })).score).toBe(full);
  });

  it("goes on from its last checkpoint where it was interrupted, given a folder of its own", async () => {
    const [workFolder, dies] = [join(folder, "work"), join(folder, "dies")];
    writeFileSync(dies, "");
    const command = fake("checkpoints", dies);
    await expect(run(command, { workFolder })).rejects.toMatchObject({ code: "crash" });
    // As a worker that was killed leaves it: the note of the checkpoint is still there.
    const [evaluation] = readdirSync(workFolder);
    const left = join(workFolder, evaluation as string);
    writeFileSync(join(left, "archwright.json"), JSON.stringify({ pid: 2 ** 22 + 1, checkpoint: join(left, "checkpoint") }));
    expect(await run(command, { workFolder })).toEqual({ score: 12 });
    // An evaluation that has its outcome begins anew.
    rmSync(dies);
    expect(await run(command, { workFolder })).toEqual({ score: 10 });
  });
});

/** Behaviour, failure code, and what the message must hold. */
const wrongs: readonly [behaviour: readonly string[], code: string, said: RegExp][] = [
  [["status", "7"], "crash", /ended with exit code 7; expected: exit code 0; on standard error it last wrote:\nabout to end$/],
  [["status-after-final"], "crash", /ended with exit code 3/],
  [["killed"], "crash", /was ended by SIGKILL[\s\S]*about to be killed$/],
  [["segfault"], "crash", /was ended by SIGSEGV/],
  [["line", "Epoch 2/10"], "bad-output", /line 2 .* is no JSON: "Epoch 2\/10"; expected: JSON on one line, as \{"kind":"progress"/],
  [["line", '{"kind":"final"}'], "bad-output", /'score' of line 2 .* is not as it should be/],
  [["line", '{"kind":"final","score":"93"}'], "bad-output", /'score' of line 2/],
  [["line", '{"kind":"final","score":93,"wieghts":"w"}'], "bad-output", /wieghts/],
  [["line", '{"kind":"finale","score":93}'], "bad-output", /'kind' of line 2/],
  [["line", "[1,2]"], "bad-output", /line 2 .* is not as it should be/],
  [["line", '{"kind":"final","score":130}'], "bad-output", /'score' of line 2 .* is 130; expected: the accuracy in percent, from 0 to 100/],
  [["line", '{"kind":"final","score":NaN}'], "not-finite", /line 2 .* holds NaN/],
  [["line", '{"kind":"progress","epoch":2,"score":12, "loss": -Infinity }'], "not-finite", /holds -Infinity/],
  [["line", '{"kind":"final","score":1e999}'], "not-finite", /'score' of line 2/],
  [["binary"], "bad-output", /line 1 .* is not UTF-8; expected: JSON/],
  [["nothing"], "bad-output", /without a final line \(it wrote 0 others\); expected: \{"kind":"final"/],
  [["no-final"], "bad-output", /without a final line \(it wrote 2 others\)/],
  [["after"], "bad-output", /line 2 .* comes after its final line/],
  [["flood-lines"], "bad-output", /wrote more than 32MiB to its standard output/],
  [["flood-line"], "bad-output", /line 1 .* is longer than 1MiB/],
  [["flood-errors"], "crash", /exit code 1[\s\S]*the last \[31mwords$/],
  [["lacks-weights"], "bad-output", /trained\.npz, has no 'conv2d.*\.weight' \(it has .*…\); expected: every entry of 'parameters'/],
  [["other-shape"], "bad-output", /has 'conv2d.*' of shape \[36, 1, 1, 1, 1\]; expected: the shape \[4, 1, 3, 3\]/],
  [["nan-weights"], "not-finite", /weights hold NaN/],
  [["bad-weights"], "bad-output", /w\.npz, cannot be read \(this is no \.npz file/],
  [["absent-weights"], "bad-output", /named a file as 'weights' that is not there: nowhere\.npz/],
];

describe("a program that misbehaves is a failed candidate", () => {
  it.each(wrongs)("%j: %s", async (behaviour, code, said) => {
    const error = await run(fake(...behaviour)).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ name: "CandidateError", code });
    expect(error?.message).toMatch(said);
    expect(error?.message.length).toBeLessThan(4000);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
    expect(error?.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });

  it("that is not there, or cannot be run", async () => {
    await expect(run(["/nowhere/train"])).rejects.toMatchObject({
      code: "crash",
      message: expect.stringMatching(/was not found|cannot be run|exit code/),
    });
    await expect(run(["./train"])).rejects.toMatchObject({ code: "crash" });
    await expect(run(fake("plain"), { folder: join(folder, "nowhere") })).rejects.toMatchObject({ code: "crash" });
  });

  it("lacks a metric that the experiment names", async () => {
    const metrics = { recall: { goal: "maximise" }, bias: { goal: "minimise" } } as const;
    await expect(run(fake("good"), { metrics, leastScore: { 1: 100 } })).rejects.toThrow(
      "line at which it was stopped lacks the metrics 'recall', 'bias'",
    );
    await expect(run(fake("good"), { metrics })).rejects.toMatchObject({
      code: "bad-output",
      message: expect.stringMatching(/lacks the metric 'bias', which the experiment names; expected: .*"recall":1.5,"bias":1.5/),
    });
  });

  it("takes too long", async () => {
    const started = performance.now();
    await expect(run(fake("hang"), {}, { trialTimeMs: 1500 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/not done within the time limit of 1.5 s \(limits.trial_time\); .*\nhangs now$/s),
    });
    // So that the worker, which is ended at the limit, is still there to say so.
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it.skipIf(process.platform !== "linux")("takes too much memory", async () => {
    await expect(run(fake("memory"), {}, { trialMemoryBytes: 200 * 2 ** 20 })).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(/took [\d.]+MiB, and the limit is 200MiB/),
    });
  });
});

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A process that has ended and that nobody has asked for yet.
    return process.platform !== "linux" || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await sleep(20);
}

describe("what a program has started", () => {
  it("ends with it", async () => {
    const file = join(folder, "child");
    expect(await run(fake("children", file))).toEqual({ score: 50 });
    await untilGone([Number(readFileSync(file, "utf8"))]);
  });

  it("ends with it at a limit", async () => {
    const file = join(folder, "children");
    await expect(run(fake("children-hang", file), {}, { trialTimeMs: 2000 })).rejects.toMatchObject({ code: "timeout" });
    await untilGone(readFileSync(file, "utf8").split(" ").map(Number));
  });
});

it("says what to write where nothing says how the program is started", async () => {
  await expect(open(undefined, { name: "trainer" })).rejects.toThrow(
    /nothing says how the program 'trainer' is started here[\s\S]*--evaluator trainer=COMMAND/,
  );
});

it("gives the program an ONNX model whose parameters have the names that it is told", async () => {
  const file = join(folder, "model.onnx");
  await run(`cat > /dev/null; cp "$ARCHWRIGHT_WORK_FOLDER/network.onnx" '${file}'; echo '{"kind":"final","score":1}'`);
  const names = decodeModel(readFileSync(file)).graph?.initializer?.map(({ name }) => name);
  expect(names).toContain("conv2d_1.weight");
});
