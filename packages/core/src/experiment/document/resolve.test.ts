import { describe, expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import { parseDeviceProfile } from "../../devices/index.ts";
import { dependsOnTime, experimentHash, reproducibility } from "../experiment.ts";
import { type ExperimentContext, parseExperiment } from "./resolve.ts";

const profile = (name: string) =>
  parseDeviceProfile(
    `
name: ${name}
description: made up
kind: microcontroller
format: int8
formats: { int8: { rate: 1GMAC/s }, float32: { rate: 0.5GMAC/s } }
memory:
  - { name: sram, holds: [activations], capacity: 320KiB, bandwidth: 1GB/s }
  - { name: flash, holds: [weights], capacity: 1MiB, bandwidth: 1GB/s }
overhead_per_kernel: 1us
runtime: { memory: 16KiB, flash: 64KiB }
budgets: { peak_memory: 320KiB, flash: 1MiB }
sources:
  formats: { basis: estimate, text: made up }
  memory: { basis: estimate, text: made up }
  overhead: { basis: estimate, text: made up }
  runtime: { basis: estimate, text: made up }
`,
    `${name}.yaml`,
  );

const context: ExperimentContext = {
  path: (text) => `/base/${text}`,
  deviceNames: ["board", "laptop-cpu"],
  device: (name) => (["board", "laptop-cpu"].includes(name) ? profile(name) : undefined),
  readSpace: () => {
    throw new InputError("no files here");
  },
  tableHash: (file, column) => `hash of ${column} in ${file}`,
  readDataset: async (spec) => ({
    spec,
    task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
    contentHash: "0".repeat(64),
  }),
};

const good = `name: good
dataset: digits
space: mobile
devices:
  - name: board
    budgets: { peak_memory: 64KiB, latency: 5ms }
  - local
objectives: [error, latency@board, peak_memory@board]
search: { evaluations: 20 }
`;

const parse = (text: string) => parseExperiment(text, "x.yaml", context);

describe("parseExperiment", () => {
  it("resolves names, units and defaults", async () => {
    const experiment = await parse(good);
    expect(experiment.devices.map(({ kind, name, budgets }) => ({ kind, name, budgets }))).toEqual([
      { kind: "profile", name: "board", budgets: { peakMemoryBytes: 65536, flashBytes: 2 ** 20, latencyMs: 5 } },
      { kind: "measured", name: "local", budgets: {} },
    ]);
    expect(experiment.objectives).toEqual([
      { metric: "error" },
      { metric: "latencyMs", device: "board" },
      { metric: "peakMemoryBytes", device: "board" },
    ]);
    expect(experiment.space).toMatchObject({ name: "mobile", downsample: [1] });
    expect(JSON.parse(JSON.stringify(experiment))).toEqual(experiment);
  });

  it("resolves the architectures to start from, which make another experiment", async () => {
    const started = good
      .replace("{ evaluations: 20 }", "{ evaluations: 20, start: [mobilenet-v2] }")
      .replace(
        "space: mobile",
        "space: { name: mobile, channel_multiple: 1, width: 1, expansion: [1, 6], kernel: 3, squeeze_excitation: false, stages: [{ channels: 8, depth: 1 }, { channels: 12, stride: 2, depth: 2 }, { channels: 16, depth: 2 }, { channels: 32, stride: 2, depth: [1, 2] }] }",
      );
    const [{ search }, hash] = [await parse(started), experimentHash(await parse(started))];
    expect(search.start).toEqual(["head-c64 | ir-e1 | ir-e6 ir-e6 | ir-e6 ir-e6 | ir-e6 ir-e6"]);
    expect(experimentHash(await parse(started.replace(", start: [mobilenet-v2]", "")))).not.toBe(hash);
    await expect(parse(started.replace("[mobilenet-v2]", "[mobilenet-v2, ds-cnn]"))).rejects.toMatchObject({
      place: { line: 9, column: 50 },
    });
  });

  it("gives the same hash for the same experiment, whatever its seed, and another for another", async () => {
    const hash = async (text: string) => experimentHash(await parse(text));
    expect(await hash(`${good}seed: 3\n`)).toBe(await hash(good));
    expect(await hash(good.replace("64KiB", "65KiB"))).not.toBe(await hash(good));
  });

  it("is searched by generation unless told otherwise, and its hash is what it was before there was a choice", async () => {
    const steady = good.replace("{ evaluations: 20 }", "{ evaluations: 20, mode: steady }");
    const generational = await parse(good.replace("{ evaluations: 20 }", "{ evaluations: 20, mode: generational }"));
    expect(generational).toEqual(await parse(good));
    expect(generational.search).not.toHaveProperty("mode");
    expect((await parse(steady)).search.mode).toBe("steady");
    expect(experimentHash(await parse(steady))).not.toBe(experimentHash(generational));
    expect(reproducibility(await parse(steady))).toBe("replayable");
    expect(dependsOnTime(await parse(steady.replace("latency@board", "latency@local")))).toEqual([
      "measured latency",
      "the order in which trials ended",
    ]);
    await expect(parse(good.replace("{ evaluations: 20 }", "{ mode: stedy }"))).rejects.toThrow("write instead: steady");
  });

  it("lets candidates inherit weights where the space says which correspond and every worker would choose the same", async () => {
    const inheriting = `${good}training: { steps: 80, inherit: true }\n`;
    const off = `${good}training: { steps: 80, inherit: false }\n`;
    expect((await parse(inheriting)).evaluator).toMatchObject({ training: { inherit: true } });
    expect(experimentHash(await parse(off))).toBe(experimentHash(await parse(off.replace(", inherit: false", ""))));
    expect(experimentHash(await parse(inheriting))).not.toBe(experimentHash(await parse(off)));
    const refused = (from: string, to: string) => expect(parse(inheriting.replace(from, to))).rejects;
    await refused("{ evaluations: 20 }", "{ mode: steady }").toThrow(/x.yaml:10:[\s\S]*mode: steady[\s\S]*mode: generational/);
    await refused("space: mobile", "space: nasbench201").toThrow(/x.yaml:10:[\s\S]*nasbench201[\s\S]*mobile or custom/);
  });

  it("has the name of the algorithm that the default stands for, and the same hash as if that had been named", async () => {
    const named = (search: string) => parse(good.replace("{ evaluations: 20 }", search));
    expect((await parse(good)).search).toEqual({ algorithm: "bayesian", byDefault: true, evaluations: 20, candidates: 1000 });
    expect((await named("{ algorithm: default, evaluations: 20 }")).search).toEqual((await parse(good)).search);
    expect(experimentHash(await named("{ algorithm: bayesian, evaluations: 20 }"))).toBe(experimentHash(await parse(good)));
    expect((await named("{ evaluations: 5000 }")).search.algorithm).toBe("nsga2");
    await expect(named("{ evaluations: 5000, pool: 100 }")).rejects.toThrow(
      "the algorithm 'nsga2', the default for 5000 evaluations, has no such setting",
    );
  });

  it("is exactly reproducible unless a measured device has a budget or an objective", async () => {
    expect(reproducibility(await parse(good))).toBe("exact");
    expect(reproducibility(await parse(good.replace("- local", "- { name: local, budgets: { latency: 1ms } }")))).toBe("replayable");
    expect(reproducibility(await parse(good.replace("latency@board", "latency@local")))).toBe("replayable");
  });

  it.each([
    ["an unknown key", good.replace("dataset:", "datset:"), [2, 1], "unknown key 'datset'", "dataset"],
    ["an unknown device", good.replace("name: board", "name: baord"), [5, 11], "there is no device 'baord'", "board"],
    ["a device listed twice", good.replace("- local", "- board"), [7, 5], "device 'board' is listed twice", undefined],
    ["an unknown space", good.replace("mobile", "mobil"), [3, 8], "there is no search space 'mobil'", "mobile"],
    ["an unknown objective", good.replace("[error", "[eror"), [8, 14], "'eror' is not an objective", "error"],
    [
      "an objective on a device that is not listed",
      good.replace("latency@board", "latency@bord"),
      [8, 21],
      "no device 'bord'",
      "latency@board",
    ],
    [
      "an objective that does not say where",
      good.replace("latency@board", "latency"),
      [8, 21],
      "does not say on which device",
      "latency@board",
    ],
    ["a budget beyond the device", good.replace("64KiB", "1MiB"), [6, 29], "is more than board has", "peak_memory: 320KiB"],
    [
      "a budget that the runtime alone uses up",
      good.replace("64KiB", "16KiB"),
      [6, 29],
      "no network meets the budget 'peak_memory'",
      undefined,
    ],
    ["a budget of nothing", good.replace("5ms", "0ms"), [6, 45], "'devices[0].budgets.latency' is '0ms'", undefined],
    ["a wrong unit", good.replace("5ms", "5mJ"), [6, 45], "'mJ' is not a unit of time", "5ms"],
    ["a missing unit", good.replace("5ms", "5"), [6, 45], "'5' has no unit", "5ms"],
    ["an unknown algorithm", `${good.replace("{ evaluations: 20 }", "{ algorithm: nsga }")}`, [9, 22], "search algorithm 'nsga'", "nsga2"],
    [
      "a format the device lacks",
      good.replace("name: board", "name: board\n    format: int4"),
      [6, 13],
      "does not compute in int4",
      "format: int8",
    ],
  ])("refuses %s and says where", async (_what, text, [line, column], problem, suggestion) => {
    const error = await parse(text).then(
      () => undefined,
      (thrown: unknown) => thrown as InputError,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error?.message).toContain(problem);
    expect(error?.place).toEqual({ file: "x.yaml", line, column });
    if (suggestion !== undefined) expect(error?.suggestion).toBe(suggestion);
  });

  it("says that accuracy must come from somewhere, and from one place only", async () => {
    await expect(parse(good.replace("dataset: digits\n", ""))).rejects.toThrow("nothing says how accurate a network is");
    await expect(parse(`${good}accuracy: { file: a.csv, column: b }\n`)).rejects.toThrow("exclude each other");
  });
});

it("refuses augmentation that leaves nothing of the smallest image that the space may choose, at its line", async () => {
  const stages = "stages: [{ channels: 8, blocks: [{ type: conv }] }]";
  const shifted = (space: string) => parse(`${good.replace("space: mobile", `space: ${space}`)}training: { augmentation: { shift: 5 } }\n`);
  await shifted(`{ name: custom, resolution: [6, 8], ${stages} }`);
  await expect(shifted(`{ name: custom, resolution: [5, 8], ${stages} }`)).rejects.toThrow(
    /x.yaml:10:[\s\S]*'shift' is 5 pixels, and the space resizes images to a shorter side of 5/,
  );
});

describe("a cost that the profile does not state enough for", () => {
  it("is refused as a budget and as an objective, at its line", async () => {
    const budget = parse(good.replace("latency: 5ms", "energy: 1nJ"));
    await expect(budget).rejects.toThrow(
      /x.yaml:6:[\s\S]*energy[\s\S]*not known[\s\S]*a budget[\s\S]*static_power, energy_per_operation of int8/,
    );
    const objective = parse(good.replace("peak_memory@board]", "energy@board]"));
    await expect(objective).rejects.toThrow(/x.yaml:8:[\s\S]*energy[\s\S]*not known[\s\S]*an objective/);
  });
});
