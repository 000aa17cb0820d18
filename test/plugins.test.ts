/** Plugins through the command line: loaded from the experiment's folder here and in workers, part of a run's identity, refused where they are wrong. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { createFolder, root } from "./support/cli.ts";
import { redisIsInstalled, startRedis } from "./support/redis.ts";
import { casesOf, full } from "./support/tier.ts";
import "../examples/plugins/annealing/annealing.test.js";
import "../examples/plugins/parameter-score/index.test.js";

const folder = createFolder();
const example = (name: string) => join(root, "examples/plugins", name);
const urlOf = (path: string) => pathToFileURL(join(root, path)).href;
const zod = JSON.stringify(urlOf("node_modules/zod/index.js"));

/** A plugin with a space of two networks and an evaluator that gives a number; it stands in the experiment's folder. */
const plugin = (score: number) => `
import { categoricalSpace, NetworkBuilder } from ${JSON.stringify(urlOf("packages/core/dist/index.js"))};
import { z } from ${zod};
import { base } from "./base.js";

const two = (settings, task) => categoricalSpace({
  name: "two",
  genes: [{ name: "width", options: ["4", "8", "16", "32", "64"], ordered: true }],
  format: (g) => "w" + g[0],
  parse: (text) => [Number(text.slice(1))],
  network: (g) => {
    const b = new NetworkBuilder();
    const x = b.input([1, task.channels, task.height, task.width]);
    return b.build(b.dense(b.globalAveragePool(b.conv2d(x, 4 << g[0], 3)), task.classes));
  },
});

export default {
  name: "mine",
  version: "1.0.0",
  spaces: [{ name: "two", description: "two widths", settings: z.strictObject({}), create: two }],
  evaluators: [{
    kind: {
      kind: "fixed",
      keys: { fixed: z.strictObject({}).optional() },
      chosenBy: "fixed",
      meaning: { text: "a fixed score", example: "fixed: {}" },
      runs: "worker",
      verb: "trained",
      tests: false,
      resolve: async () => ({ evaluator: { kind: "fixed" } }),
      inWords: () => "scored as they are",
      stages: () => [{ epochs: 1, seeds: 1 }],
      decides: ({ kind }) => ({ kind }),
      describe: () => ({ fixed: {} }),
    },
    open: async ({ space }) => ({ evaluate: async (text) => ({ score: base + ${score} + space.parse(text)[0] }) }),
  }],
};
`;
const mine = (search: string) => `name: mine
plugins: [./plugins/mine.js]
fixed: {}
space: two
devices: [{ name: stm32f746, budgets: { latency: 5s } }]
objectives: [error, latency]
search: ${search}
`;

function writeMine(score = 10, base = 1): void {
  folder.write("plugins/package.json", '{ "type": "module" }');
  folder.write("plugins/mine.js", plugin(score));
  folder.write("plugins/base.js", `export const base = ${base};\n`);
}

describe("an example runs, and its run can be shown and exported", () => {
  test("a search algorithm", async () => {
    const experiment = join(example("annealing"), "experiment.yaml");
    const { trials } = (await folder.json("search", experiment, "--workers", "1")) as { trials: readonly unknown[] };
    expect(trials.length).toBeGreaterThan(0);
    const [kept] = ((await folder.json("runs", "show", "annealed")) as { experiment: { plugins: readonly object[] } }).experiment.plugins;
    expect(kept).toEqual({
      name: "annealing",
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      file: join(example("annealing"), "annealing.js"),
    });
    // The same seed gives the same trials.
    const architectures = (run: string) => folder.trials(run).map(({ architecture }) => architecture);
    if (!full) return;
    await folder.json("search", experiment, "--workers", "2");
    expect(architectures("annealed-2")).toEqual(architectures("annealed-1"));
  });

  test("an evaluator, in worker processes", async () => {
    await folder.json("search", join(example("parameter-score"), "experiment.yaml"), "--workers", "2");
    const trials = folder.trials("counted-1");
    expect(trials.length).toBe(6);
    for (const { score, parameters } of trials)
      if (score !== undefined) expect(score).toBeCloseTo((100 * Number(parameters)) / (Number(parameters) + 20_000), 8);
    const [first] = ((await folder.json("pareto", "counted")) as { trials: readonly { number: number }[] }).trials;
    const number = String(first?.number);
    expect(await folder.json("explain", "counted", number)).toMatchObject({ run: "counted-1" });
    const { code, stderr } = await folder.run("export", "counted", number, "--format", "json", "--output", "network.json");
    expect(code, stderr).toBe(0);
  });
});

describe("a run and its plugin", () => {
  it("belong together: another content is another experiment", async () => {
    writeMine();
    folder.write("mine.yaml", mine("{ algorithm: random, evaluations: 2 }"));
    await folder.json("search", "mine.yaml", "--workers", "1");
    expect(folder.trials("mine-1").length).toBe(2);
    folder.write("mine.yaml", mine("{ algorithm: random, evaluations: 3 }"));

    // Of a file that the plugin imports, too.
    writeMine(10, 2);
    const changed = await folder.run("search", "mine.yaml", "--resume", "mine-1", "--workers", "1");
    expect(changed.code).toBe(2);
    expect(changed.stderr).toMatch(/plugins\.mine: 1\.0\.0, content [0-9a-f]{12} → 1\.0\.0, content [0-9a-f]{12}/);
    for (const args of [
      ["pareto", "mine"],
      ["explain", "mine", "1"],
      ["export", "mine", "1", "--format", "json", "--output", "n.json"],
    ]) {
      const refused = await folder.run(...args);
      expect(refused.code, args[0]).toBe(2);
      expect(refused.stderr).toMatch(/the plugin 'mine' has changed since[\s\S]*expected: the plugin as it was: 1\.0\.0, content/);
    }
    expect((await folder.run("runs", "list")).stderr).toMatch(/run mine-1 is left out: .*the plugin 'mine' has changed/);

    writeMine();
    const resumed = (await folder.json("search", "mine.yaml", "--resume", "mine-1", "--workers", "1")) as { run: string };
    expect(resumed.run).toBe("mine-1");
    expect(
      folder
        .trials("mine-1")
        .map(({ score }) => score)
        .filter((score) => score !== undefined)
        .every((score) => score >= 11),
    ).toBe(true);
  });
});

it("what is wrong is said with its place", async () => {
  const refused = async (yaml: string) => {
    folder.write("wrong.yaml", yaml);
    const { code, stderr } = await folder.run("search", "wrong.yaml");
    expect(code, stderr).toBe(2);
    return stderr;
  };
  folder.write("none.mjs", "export const a = 1;");
  const none = "name: x\nplugins: [./none.mjs]\ndataset: digits\nspace: mobile\n";
  expect(await refused(none)).toMatch(/none\.mjs: the module is no plugin: it has no default export \(named at wrong\.yaml:2:11\)/);
  expect(await refused(mine("{}").replace(/^plugins.*\n/m, ""))).toMatch(/unknown key 'fixed'/);
});

describe.skipIf(!redisIsInstalled)("on a fleet", () => {
  it("no code travels: a worker has the plugin of its own, or refuses the search and says what to do", async () => {
    const redis = await startRedis("none");
    const redisUrl = `redis://${redis.address.host}:${redis.address.port}`;
    writeMine();
    folder.write("mine.yaml", mine("{ algorithm: random, evaluations: 2 }"));
    const worker = (...plugins: string[]) =>
      folder.start("worker", "--redis", redisUrl, "--concurrency", "1", "--devices", "none", ...plugins);
    const without = worker();
    try {
      await without.said("ready");
      const refused = await folder.run("search", "mine.yaml", "--redis", redisUrl, "--store", "fleet.db");
      expect(refused.code, refused.stderr).toBe(2);
      expect(refused.stderr).toMatch(/this worker has no plugin 'mine', and no code travels[\s\S]*--plugin/);
      without.process.kill("SIGTERM");
      await without.ended;
      const own = worker("--plugin", "./plugins/mine.js");
      await own.said("ready");
      await folder.json("search", "mine.yaml", "--redis", redisUrl, "--store", "fleet.db");
      own.process.kill("SIGTERM");
      await own.ended;
      expect(
        folder
          .trials("mine-2", join(folder.path, "fleet.db"))
          .map(({ score }) => score)
          .every((score) => score === undefined || score >= 11),
      ).toBe(true);
    } finally {
      without.process.kill("SIGKILL");
      await redis.stop();
    }
  });
});

it.each(casesOf(["annealing", "parameter-score"]))("the schema for editors has what the plugins of %s bring", async (name) => {
  const experiment = join(example(name), "experiment.yaml");
  const valid = async (...more: string[]) =>
    new Ajv({ strict: false }).validate(
      (await folder.json("schema", "experiment", ...more)) as object,
      parse(readFileSync(experiment, "utf8")),
    );
  expect(await valid("--plugins-of", experiment)).toBe(true);
  expect(await valid()).toBe(false);
});
