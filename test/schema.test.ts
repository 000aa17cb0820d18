/** Holds the JSON Schemas that editors use against the program's own check: they take whatever it takes, and refuse what they can. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, type Json, type Rng } from "@archwright/core/base";
import { type DeviceProfile, deviceProfileJsonSchema, parseDeviceProfile } from "@archwright/core/devices";
import { checkExperiment, type ExperimentContext, experimentJsonSchema, experimentSchema } from "@archwright/core/experiment";
import { NetworkBuilder, networkToJson } from "@archwright/core/ir";
import { parseSpaceYaml, spaceJsonSchema, spaceSpecSchema } from "@archwright/core/spaces";
import { Ajv, type ValidateFunction } from "ajv";
import { run } from "archwright";
import { describe, expect, it, test, vi } from "vitest";
import { parse } from "yaml";
import { modeline, schemas } from "../packages/cli/src/input/schemas.ts";
import { workspaceIn } from "../packages/cli/src/input/workspace.ts";
import { filesIn, read } from "./support/files.ts";

// What a schema suggests beside what it checks is none of a validator's business.
const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
const workspace = workspaceIn(mkdtempSync(join(tmpdir(), "archwright-schema-")));
const validators: Readonly<Record<string, ValidateFunction>> = {
  experiment: ajv.compile(schemas.experiment(workspace)),
  device: ajv.compile(schemas.device()),
  space: ajv.compile(schemas.space()),
};
const complaints = (kind: string, value: unknown) => {
  const validate = validators[kind] as ValidateFunction;
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};

/** The blocks of YAML of a page, by what is said to be in them. */
function blocksOf(file: string, kind: string): [place: string, text: string][] {
  return [...read(file).matchAll(/^```yaml (\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, of]) => of === kind)
    .map((match, i) => [`${file} ${i + 1}`, match[2] as string]);
}
const pages = ["README.md", ...["docs", "configs", "examples", "experiments", "packages"].flatMap((folder) => filesIn(folder, ".md"))];
const blocks = (kind: string) => pages.flatMap((page) => blocksOf(page, kind)).filter(([, text]) => !/^plugins:/m.test(text));
const whole = (files: readonly string[]) => files.map((file): [string, string] => [file, read(file)]);
/** Experiments say how they are evaluated; spaces and profiles never do. */
const isExperiment = (file: string) =>
  // Those with plugins have keys of theirs, which `schema --plugins-of` knows.
  !/^plugins:/m.test(read(file)) && /^(dataset|accuracy|evaluator|probe):/m.test(read(file)) && /^name:/m.test(read(file));
const experiments = ["configs", "examples", "experiments"].flatMap((folder) => filesIn(folder, ".yaml")).filter(isExperiment);

describe("what is shipped and documented is valid", () => {
  const all: [kind: string, place: string, text: string][] = [
    ...[...whole(experiments), ...blocks("experiment")].map((one): [string, string, string] => ["experiment", ...one]),
    ...[...whole(filesIn("configs/devices", ".yaml")), ...blocks("device")].map((one): [string, string, string] => ["device", ...one]),
    ...[...whole(filesIn("configs/spaces", ".yaml")), ...blocks("space")].map((one): [string, string, string] => ["space", ...one]),
  ];

  it("finds them", () => {
    for (const [kind, least] of [
      ["experiment", 12],
      ["device", 9],
      ["space", 4],
    ] as const) {
      expect(all.filter(([of]) => of === kind).length, kind).toBeGreaterThanOrEqual(least);
    }
  });

  test.each(all)("%s %s", (kind, _place, text) => expect(complaints(kind, parse(text))).toEqual([]));
});

const small = "name: x\ndataset: digits\nspace: mobile\ndevices: [stm32f746]\n";

describe("what is wrong is refused", () => {
  test.each([
    ["a misspelt key", `${small}sead: 3`],
    ["a misspelt key within", `${small}training: { epoch: 3 }`],
    ["a wrong type", `${small}seed: three`],
    ["a list in place of a mapping", `${small}training: [3]`],
    ["a number without a unit", `${small}limits: { trial_time: 5 }`],
    ["a unit of something else", `${small}limits: { trial_time: 5KiB }`],
    ["an unknown algorithm", `${small}search: { algorithm: nsga }`],
    ["an algorithm of several fidelities", `${small}search: { algorithm: asha }`],
    ["a setting of another algorithm", `${small}search: { algorithm: nsga2, pool: 50 }`],
    ["an unknown space", "name: x\ndataset: digits\nspace: mobil\n"],
    ["an option of another space", "name: x\ndataset: digits\nspace: { name: fbnet, channels: 3 }\n"],
    ["an unknown kind of dataset", "name: x\ndataset: { kind: tfrecord }\nspace: mobile\n"],
    ["a missing name", "dataset: digits\nspace: mobile\n"],
    ["a name with a blank", "name: my first\ndataset: digits\nspace: mobile\n"],
    ["two sources of scores", `${small}accuracy: { file: a.csv, column: b }`],
    ["no source of scores", "name: x\nspace: mobile\n"],
    ["an unknown budget", `${small.replace("[stm32f746]", "[{ name: a, budgets: { memory: 3KiB } }]")}`],
  ])("%s", async (_what, text) => {
    expect(complaints("experiment", parse(text))).not.toEqual([]);
    expect(await checkExperiment(text, { context: context() })).not.toEqual([]);
  });

  it.each([
    ["device", "nmae: x"],
    ["space", "name: custom\nstages: []"],
  ])("of a %s", (kind, text) => expect(complaints(kind, parse(text))).not.toEqual([]));
});

const profiles = new Map(
  filesIn("configs/devices", ".yaml").map((file): [string, DeviceProfile] => {
    const profile = parseDeviceProfile(read(file), file);
    return [profile.name, profile];
  }),
);
const shipped = Object.fromEntries(filesIn("configs/spaces", ".yaml").map((file) => [file.replace(/^.*[\\/]|\.yaml$/g, ""), file]));
/** Stands for every model. */
function smallBackbone() {
  const b = new NetworkBuilder();
  return b.build(b.conv2d(b.input([1, 3, 8, 8]), 4, 3));
}
function context(): ExperimentContext {
  return {
    path: (text) => text,
    deviceNames: [...profiles.keys()],
    device: (name) => profiles.get(name),
    namedSpaces: shipped,
    readSpace: (file) => parseSpaceYaml(Object.values(shipped).includes(file) ? read(file) : "name: mobile", file),
    readBackbone: () => ({ network: networkToJson(smallBackbone()) as Readonly<Record<string, Json>>, contentHash: "" }),
    tableHash: () => "",
    readDataset: async (spec) => ({
      spec,
      task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
      contentHash: "",
      trainingImages: 1260,
    }),
  };
}

/** What JSON Schema cannot say, or is not made to: by the program's complaint, why. */
const lenient: readonly [RegExp, why: string][] = [
  [/exclude each other|go together/, "keys that exclude or need each other are refinements"],
  [/a probe stands behind/, "a probe and its space are compared"],
  [/nothing says (how|which|where)|is trained once|every candidate is trained|this stage keeps/, "stages are compared with each other"],
  [/two options are the same|is listed twice|the same name|are called/, "lists without repetition are refinements of parsed values"],
  [/must have a middle/, "a kernel is odd: a refinement"],
  [/'(test|validation)' is|multiple/, "multiples of 0.05 cannot be told by binary division"],
  [/is 0\b|is -?\d|not a quantity/, "a quantity's number is read by a parser: 0ms has the form of a time"],
  [/has no such setting/, "which settings 'default' has depends on the number of evaluations"],
  [/there is no device|is not an objective|does not say on which device|has no device|belongs to no device/, "names that are looked up"],
  [/only the latency|budget|is not known|has no rate|does not have the format|format/, "what a device has is looked up"],
  [/is no epoch|metric/, "names of metrics and epochs are refinements"],
  [/colour/, "a colour is a refinement"],
  [/is empty|is missing/, "YAML's empty value under a key that may be left out"],
  [/pixels/, "augmentation is compared with the images"],
  [/no level holds|faster than|smaller than|where the numbers|has less/, "a profile is checked as a whole"],
  [/no architecture|stem_stride|canonical|known network|starting|'[^']*' is (not|no)/, "architectures are read by the space"],
  [/steady|inherit|warm|learn|time that could/, "settings that do not go together are found when names are resolved"],
  [/cannot be a name|NUL/, "names are read by a parser"],
];

/** One random change of a document: something taken away, doubled, renamed, or replaced by something of another type or size. */
function mutated(value: unknown, rng: Rng): unknown {
  const junk = [null, true, "text", "5ms", "300KiB", 0, -1, 0.5, 7, 1e9, [], {}, ["a"], { a: 1 }, "", [3, 3], "digits", "default"];
  const inside = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!inside || rng.next() < 0.1) return rng.pick(junk);
  const entries = Object.entries(value);
  const index = rng.int(entries.length);
  const [key, inner] = entries[index] as [string, unknown];
  const chance = rng.next();
  const changed: [string, unknown][] =
    chance < 0.08
      ? []
      : chance < 0.16
        ? [[`${key}s`, inner]]
        : chance < 0.24
          ? [
              [key, inner],
              [rng.pick(["epochs", "steps", "time", "pool", "evaluations", "kernel", "budgets"]), rng.pick(junk)],
            ]
          : [[key, mutated(inner, rng)]];
  const all = [...entries.slice(0, index), ...changed, ...entries.slice(index + 1)];
  return Array.isArray(value) ? all.map(([, one]) => one) : Object.fromEntries(all);
}

describe("beside the program's own check", () => {
  const count = process.env.MODE === "full" ? 5000 : 400;
  const starts = [...whole(experiments), ...blocks("experiment")].map(([, text]) => parse(text) as unknown);

  it("an experiment's schema is never stricter, and where it is more lenient it is known why", async () => {
    const rng = createRng("schema");
    const unexplained = new Set<string>();
    const seen = { both: 0, neither: 0, lenient: 0 };
    for (let i = 0; i < count; i++) {
      let document = rng.pick(starts);
      for (let n = 0; n <= rng.int(2); n++) document = mutated(document, rng);
      const text = JSON.stringify(document);
      const problems = await checkExperiment(text, { context: context() });
      const bySchema = complaints("experiment", document);
      if (problems.length === 0) expect(bySchema, `stricter than the program: ${text}`).toEqual([]);
      if (problems.length === 0) seen.both++;
      else if (bySchema.length > 0) seen.neither++;
      else {
        seen.lenient++;
        const { message, expected } = problems[0] as (typeof problems)[number];
        if (!lenient.some(([pattern]) => pattern.test(message))) unexplained.add(`${message} (${expected})`);
      }
    }
    expect([...unexplained]).toEqual([]);
    // Most of what is wrong is seen in an editor.
    expect(seen.neither).toBeGreaterThan(seen.lenient);
    expect(seen.both).toBeGreaterThan(count / 20);
  });

  it.each([
    ["device", filesIn("configs/devices", ".yaml"), (text: string) => parseDeviceProfile(text, "x")],
    ["space", filesIn("configs/spaces", ".yaml"), (text: string) => parseSpaceYaml(text, "x")],
  ] as const)("a %s's schema is never stricter", (kind, files, check) => {
    const rng = createRng(`schema of a ${kind}`);
    const values = files.map((file) => parse(read(file)) as unknown);
    let accepted = 0;
    for (let i = 0; i < count; i++) {
      const document = mutated(rng.pick(values), rng);
      const text = JSON.stringify(document);
      try {
        check(text);
      } catch {
        continue;
      }
      accepted++;
      expect(complaints(kind, document), text).toEqual([]);
    }
    expect(accepted).toBeGreaterThan(count / 20);
  });
});

describe("what editors show", () => {
  type Node = { readonly [key: string]: unknown; readonly properties?: Record<string, Node> };
  /** Every key of every mapping, with what is said of it. */
  function keysIn(node: unknown, path: string): [string, unknown][] {
    if (typeof node !== "object" || node === null) return [];
    if (Array.isArray(node)) return node.flatMap((inner) => keysIn(inner, path));
    const { properties = {}, allOf: _conditions, ...rest } = node as Node;
    return [
      ...Object.entries(properties).flatMap(([key, inner]) => [
        [`${path}.${key}`, inner.description] as [string, unknown],
        ...keysIn(inner, `${path}.${key}`),
      ]),
      ...Object.entries(rest).flatMap(([, inner]) => keysIn(inner, path)),
    ];
  }

  it.each([
    ["experiment", experimentJsonSchema()],
    ["device", deviceProfileJsonSchema()],
    ["space", spaceJsonSchema()],
  ])("every key of an %s has a description", (_, schema) => {
    const keys = keysIn(schema, "");
    expect(keys.length).toBeGreaterThan(25);
    expect(keys.filter(([, description]) => typeof description !== "string" || description.length < 8).map(([key]) => key)).toEqual([]);
  });

  it("holds the names of algorithms, spaces, devices, kinds of dataset and objectives", () => {
    const text = JSON.stringify(schemas.experiment(workspace));
    for (const name of ["nsga2", "bayesian", "tiny-convs", "nasbench201", "stm32f746", "local", "folder", "latency@stm32f746", "int8"]) {
      expect(text, name).toContain(`"${name}"`);
    }
  });

  it("agrees with the schemas by which the program checks", () => {
    expect(experimentSchema.safeParse(parse(small)).success).toBe(true);
    expect(spaceSpecSchema.safeParse({ name: "mobile" }).success).toBe(true);
  });
});

describe("where it is", () => {
  it.each(Object.keys(schemas) as (keyof typeof schemas)[])("docs/schema/%s.json is as the program gives it", (name) => {
    const wanted = schemas[name](workspace);
    expect(JSON.parse(read(`docs/schema/${name}.json`)), `archwright schema ${name} --output docs/schema/${name}.json`).toEqual(wanted);
  });

  it("the first line of what init writes names the published file", () => {
    expect(modeline("experiment")).toMatch(/^# yaml-language-server: \$schema=https:\/\/\S+\/dist\/schema\/experiment\.json$/);
  });

  it("is printed", async () => {
    const written: string[] = [];
    const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    try {
      expect(await run(["schema", "experiment"], workspace)).toBe(0);
    } finally {
      stdout.mockRestore();
    }
    expect(JSON.parse(written.join(""))).toEqual(schemas.experiment(workspace));
  });
});

describe("checkExperiment", () => {
  it("says everything that is wrong with the text, in its order, with line and column", async () => {
    const problems = await checkExperiment("name: x\ndatasett: digits\nspace: mobile\nseed: -1\ntraining:\n  epochs: many\n");
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 1],
      [4, 7],
      [6, 11],
    ]);
    expect(problems[0]).toMatchObject({ message: "unknown key 'datasett'", instead: "dataset" });
  });

  it("looks names up where it is told how to", async () => {
    const text = small.replace("stm32f746", "stm32f7466");
    expect(await checkExperiment(text)).toEqual([]);
    expect(await checkExperiment(text, { context: context() })).toMatchObject([{ line: 4, column: 11, instead: "stm32f746" }]);
  });

  it("says where a text is no YAML", async () => {
    expect(await checkExperiment("name: [x\nspace: mobile\n")).toMatchObject([
      { line: 2, message: expect.stringContaining("not valid YAML") },
    ]);
  });
});
