import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, createSpace, type DescribeArchitecture, InputError, type LatencySources } from "@archwright/core";
import { helpModel } from "@archwright/runtimes";
import { afterAll, describe, expect, it } from "vitest";
import { learnModel } from "./learnedModels.ts";

const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
const space = createSpace({ name: "nasbench201", cells_per_stage: 1 }, task);
const describeArchitecture: DescribeArchitecture = (architecture) => {
  const genotype = space.parse(architecture);
  return { encoding: space.encode(genotype), network: space.network(genotype, task) };
};
const architectures = [...new Set(Array.from({ length: 80 }, (_, i) => space.format(space.sample(createRng(i)))))];
const sourcesOf = (...names: string[]): LatencySources => ({
  architectures,
  devices: names.map((name) => {
    const rng = createRng(name);
    return { name, latenciesMs: architectures.map(() => 1 + rng.next()) };
  }),
});

const folder = mkdtempSync(join(tmpdir(), "archwright-models-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** HELP is not trained here: what is kept does not depend on that. */
const learn = async (sources: LatencySources, to = folder) => {
  const said: string[] = [];
  const models = [helpModel({ hidden: 4, warmUpEpisodes: 0, episodes: 0 })];
  const options = { name: "help", space: "nasbench201", folder: to, models, say: (line: string) => said.push(line) };
  const model = await learnModel(options, sources, describeArchitecture);
  return { model, said: said.join("\n") };
};

describe("a model that takes long to learn", () => {
  it("is learned once and then taken back", async () => {
    const first = await learn(sourcesOf("a", "b"));
    expect(first.said).toContain("learning HELP from 2 devices");
    const [file, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    const second = await learn(sourcesOf("a", "b"));
    expect(second.said).toBe("");
    expect(second.model.toJson()).toEqual(first.model.toJson());
    expect(JSON.parse(readFileSync(join(folder, file as string), "utf8"))).toEqual(first.model.toJson());
  });

  it("is learned again from other sources: another name, another number", async () => {
    const before = readdirSync(folder).length;
    const changed = sourcesOf("a", "b");
    const [first, second] = changed.devices as [LatencySources["devices"][number], LatencySources["devices"][number]];
    const moved = { ...second, latenciesMs: Array.from(second.latenciesMs, (value, i) => (i === 7 ? value + 1e-12 : value)) };
    expect((await learn(sourcesOf("a", "c"))).said).toContain("learning");
    expect((await learn({ architectures, devices: [first, moved] })).said).toContain("learning");
    expect(readdirSync(folder)).toHaveLength(before + 2);
  });

  it("is learned again where the file is damaged, which is said", async () => {
    const file = join(folder, readdirSync(folder)[0] as string);
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"format": "archwright-lat');
    expect((await learn(sourcesOf("a", "b"))).said).toMatch(/cannot be used and is replaced.*\nlearning/);
    expect((await learn(sourcesOf("a", "b"))).said).toBe("");
    expect(file).toContain("help-nasbench201-");
  });

  it("is not kept where it cannot be written, which is said", async () => {
    const file = join(folder, "a file");
    writeFileSync(file, "");
    const { model, said } = await learn(sourcesOf("a", "b"), join(file, "models"));
    expect(model.name).toBe("help");
    expect(said).toContain("cannot be kept");
  });
});

it("refuses an unknown model, and names all", async () => {
  const learned = learnModel({ name: "halp", space: "nasbench201", folder }, sourcesOf("a", "b"), describeArchitecture);
  await expect(learned).rejects.toThrow(InputError);
  await expect(learned).rejects.toThrow(/no latency model 'halp'/);
});
