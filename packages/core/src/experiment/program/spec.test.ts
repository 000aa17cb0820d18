/** What may be written under `evaluator`, and what is said of what may not. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import { frontColumns } from "../../query/columns.ts";
import { queryFront } from "../../query/front.ts";
import { type ExperimentContext, parseExperiment } from "../document/resolve.ts";
import { experimentSchema } from "../document/schema.ts";
import { dependsOnTime, experimentHash } from "../experiment.ts";
import { type Objective, objectiveValue } from "../metrics.ts";
import type { Trial } from "../trial.ts";

const unused = () => {
  throw new Error("not used here");
};
const context: ExperimentContext = {
  path: (text) => `/base/${text}`,
  deviceNames: [],
  device: unused,
  readSpace: unused,
  tableHash: unused,
  readDataset: unused,
};
const parse = (text: string) => parseExperiment(`name: x\n${text}\nspace: mobile\nobjectives: [error, parameters]\n`, "x.yaml", context);

describe("what is wrong in 'evaluator'", () => {
  it.each([
    ["evaluator: { epochs: 3 }", /^x\.yaml:2:12: .*nothing says which program is to be run\n {2}expected: 'command'/],
    ["evaluator:\n  command: [python3, 7]", /^x\.yaml:3:/],
    ["evaluator:\n  command: []", /^x\.yaml:3:12: /],
    ["evaluator:\n  command: python3 train.py\n  epoch: 3", /^x\.yaml:4:3: [\s\S]*epochs/],
    ["evaluator:\n  command: train\n  metrics: { latency: {} }", /^x\.yaml:4:23: [\s\S]*'latency' is a metric that every run has/],
    ["evaluator:\n  command: train\n  metrics: { Top-5: {} }", /^x\.yaml:4:21: [\s\S]*'Top-5' cannot be the name of a metric/],
    ["evaluator:\n  command: train\n  least_score: { first: 3 }", /^x\.yaml:4:25: [\s\S]*'first' is no epoch/],
    ["evaluator:\n  command: train\n  task: { kind: image-classification, channels: 1 }", /^x\.yaml:4:9: the key 'height' is missing/],
    ["evaluator: { command: train }\ndataset: digits", /'dataset' and 'evaluator' exclude each other/],
  ])("%s", async (text, said) => {
    const error = await parse(text).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(said);
  });
});

it("the schema takes a text and words as command", () => {
  const read = (command: unknown) => experimentSchema.safeParse({ name: "x", space: "mobile", evaluator: { command } }).success;
  expect([read("python3 train.py"), read(["python3", "train.py"]), read({}), read("")]).toEqual([true, true, false, false]);
});

describe("an experiment with a program", () => {
  const good = "evaluator: { command: [python3, train.py], epochs: 3 }";

  it("has the space's usual task unless it names one, and folders of its own", async () => {
    const { task, evaluator } = await parse(good);
    expect(task).toMatchObject({ channels: 3, classes: 10 });
    expect(evaluator).toEqual({
      kind: "command",
      command: ["python3", "train.py"],
      folder: "/base/.",
      epochs: 3,
      leastScore: {},
      metrics: {},
      repeatable: false,
    });
    const other = await parse(
      good.replace("}", ", work_folder: work, task: { kind: image-classification, channels: 1, height: 8, width: 8, classes: 2 } }"),
    );
    expect(other.task).toMatchObject({ channels: 1, classes: 2 });
    expect(other.evaluator).toMatchObject({ workFolder: "/base/work" });
  });

  it("is another with another command or version, and the same with another command of the same name", async () => {
    const hash = async (text: string) => experimentHash(await parse(text));
    expect(await hash(good.replace("train.py", "other.py"))).not.toBe(await hash(good));
    expect(await hash(good.replace("}", ", version: 2 }"))).not.toBe(await hash(good));
    expect(await hash(good.replace("}", ", work_folder: elsewhere, repeatable: true }"))).toBe(await hash(good));
    const named = good.replace("}", ", name: trainer }");
    expect(await hash(named.replace("train.py", "other.py"))).toBe(await hash(named));
    expect(await hash("evaluator: { name: trainer, epochs: 3 }")).toBe(await hash(named));
  });

  it("is exact only where the user says that the program is", async () => {
    expect(dependsOnTime(await parse(good))).toEqual(["the numbers of a program that is not declared repeatable"]);
    expect(dependsOnTime(await parse(good.replace("}", ", repeatable: true }")))).toEqual([]);
  });
});

describe("a program's own metrics", () => {
  const metrics = "{ recall: { goal: maximise, at_least: 40 }, top5_error: {} }";
  const parseWith = (objectives: string) =>
    parseExperiment(
      `name: x\nevaluator: { command: train, metrics: ${metrics} }\nspace: mobile\nobjectives: ${objectives}\n`,
      "x.yaml",
      context,
    );

  it("may be objectives, with their sign turned where more is better", async () => {
    const { objectives, task } = await parseWith("[recall, parameters, top5_error]");
    expect(objectives).toEqual([
      { metric: "own", name: "recall", goal: "maximise" },
      { metric: "parameters" },
      { metric: "own", name: "top5_error", goal: "minimise" },
    ]);
    const trial = { devices: {}, parameters: 7, metrics: { recall: 42, top5_error: 3 } };
    expect(objectives.map((objective) => objectiveValue(trial, objective, task))).toEqual([-42, 7, 3]);
    expect(objectiveValue({ devices: {} }, objectives[0] as Objective, task)).toBeUndefined();
    await expect(parseWith("[recal]")).rejects.toThrow(
      /x\.yaml:4:14: 'recal' is not an objective[\s\S]*top5_error[\s\S]*write instead: recall/,
    );
    await expect(parseWith("[recall@board]")).rejects.toThrow(/not an objective/);
  });

  it("may be looked at by conditions, and are columns", async () => {
    const experiment = await parseWith("[recall, top5_error]");
    const trial = (number: number, recall: number, top5_error: number) =>
      ({
        number,
        architecture: `a${number}`,
        status: "feasible",
        gate: "trained",
        devices: {},
        excesses: [],
        metrics: { recall, top5_error },
      }) as unknown as Trial;
    const trials = [trial(0, 40, 3), trial(1, 50, 4), trial(2, 45, 5)];
    const numbers = (query: object) =>
      queryFront(experiment, trials, query)
        .trials.map(({ number }) => number)
        .sort();
    expect(numbers({})).toEqual([0, 1]);
    expect(numbers({ where: ["recall<50"] })).toEqual([0, 2]);
    expect(numbers({ where: ["recall>=-1e2"] })).toEqual([0, 1]);
    expect(() => numbers({ where: ["recall<high"] })).toThrow(InputError);
    expect(numbers({ objectives: "top5_error" })).toEqual([0]);
    const front = queryFront(experiment, trials);
    const columns = frontColumns({ experiment, ...front }).filter(({ compared }) => compared);
    expect(columns.map((column) => [column.name, column.value(trials[0] as Trial)])).toEqual([
      ["recall", 40],
      ["top5_error", 3],
    ]);
  });
});
