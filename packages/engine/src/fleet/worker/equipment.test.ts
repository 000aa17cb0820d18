import { setTimeout as sleep } from "node:timers/promises";
import { type CommandSpec, type Job, publishedEvaluator, type WorkerPrograms } from "@archwright/core/experiment";
import { expect, it } from "vitest";
import { equipExperiment, noPrograms, withOwnPlugins } from "./equipment.ts";
import { createGpus } from "./gpus.ts";

const spec: CommandSpec = {
  kind: "command",
  command: "rm -rf /",
  folder: "/theirs",
  workFolder: "/theirs/work",
  name: "trainer",
  epochs: 3,
  leastScore: {},
  metrics: {},
  repeatable: false,
};
const own: WorkerPrograms = { commands: { trainer: "python3 train.py" }, folder: "/mine", workFolder: "/mine/work" };
const equipped = (evaluator: object, programs = own) => equipExperiment({ version: 2, evaluator } as never, programs);

it("a worker starts its own program of the name that an experiment gives, and never a command that came with it", () => {
  expect(equipped(spec)).toEqual({
    version: 2,
    evaluator: { ...spec, command: "python3 train.py", folder: "/mine", workFolder: "/mine/work" },
  });
  const { name: _, ...nameless } = spec;
  expect(() => equipped(nameless)).toThrow("this worker has no program ''");
  for (const name of ["other", "constructor", "__proto__"])
    expect(() => equipped({ ...spec, name })).toThrow("expected: one of its own: trainer");
  expect(() => equipped(spec, noPrograms)).toThrow("expected: a worker that was started with --evaluator trainer=COMMAND");
});

it("what is no such evaluator stays as it is", () => {
  for (const json of [null, 3, "toy", { toy: true }, { evaluator: { kind: "unheard" } }, { evaluator: { kind: "table" } }]) {
    expect(equipExperiment(json as never, own)).toBe(json);
  }
});

it("neither commands nor paths are sent, and a program without a name is refused", () => {
  const { command: _, workFolder: __, ...sent } = spec;
  expect(publishedEvaluator(spec)).toEqual({ ...sent, folder: "" });
  const { name: ___, ...nameless } = spec;
  expect(() => publishedEvaluator(nameless)).toThrow(/no program travels to the workers[\s\S]*--evaluator NAME=COMMAND/);
});

it("a GPU has one evaluation at a time, and jobs without a program of the worker's have none", async () => {
  const gpus = createGpus(["0", "GPU-b"]);
  const job = (trial: number, more: object = { evaluator: "trainer" }): Job => ({
    ...{ kind: "evaluate", trial, architecture: "a", fidelity: { epochs: 1 }, seed: 0 },
    ...more,
  });
  const busy = new Map<string | undefined, number>();
  const used: (string | undefined)[] = [];
  const run = async (own: Job) => {
    const gpu = own.kind === "evaluate" ? own.gpu : undefined;
    used.push(gpu);
    busy.set(gpu, (busy.get(gpu) ?? 0) + 1);
    if (gpu !== undefined) expect(busy.get(gpu)).toBe(1);
    await sleep(5);
    busy.set(gpu, (busy.get(gpu) ?? 0) - 1);
    if (own.trial === 3) throw new Error("it failed");
  };
  await Promise.allSettled(Array.from({ length: 12 }, (_, trial) => gpus.use(job(trial), run)));
  expect(used.filter((gpu) => gpu === "0").length + used.filter((gpu) => gpu === "GPU-b").length).toBe(12);
  expect(new Set(used).size).toBe(2);
  used.length = 0;
  await gpus.use(job(0, { gpu: "7" }), run);
  await createGpus([]).use(job(0, { evaluator: "trainer", gpu: "7" }), run);
  expect(used).toEqual([undefined, undefined]);
});

it("a plugin is the worker's own, of the same name, version and content, and no path that came with an experiment is kept", () => {
  const mine = { name: "mine", version: "1.0.0", contentHash: "abc", file: "/mine/mine.js" };
  const named = (...plugins: unknown[]) => withOwnPlugins({ version: 3, plugins } as never, { plugins: [mine] });
  expect(named({ ...mine, file: "/theirs/evil.js" })).toEqual({ version: 3, plugins: [mine] });
  expect(named()).toEqual({ version: 3 });
  expect(withOwnPlugins({ plugins: "/theirs/evil.js" }, { plugins: [mine] })).toEqual({});
  expect(() => named({ ...mine, name: "other" })).toThrow(/this worker has no plugin 'other', and no code travels[\s\S]*--plugin/);
  expect(() => named({ ...mine, contentHash: "def" })).toThrow(
    /this worker's plugin 'mine' \(1\.0\.0, content abc\) is not the experiment's \(1\.0\.0, content def\)/,
  );
  expect(() => named({ ...mine, version: "2.0.0" })).toThrow(/is not the experiment's \(2\.0\.0/);
  expect(() => named(null)).toThrow(/no plugin 'undefined'/);
  expect(() => withOwnPlugins({ plugins: [mine] } as never, noPrograms)).toThrow(/no plugin 'mine'/);
});
