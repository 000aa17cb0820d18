/** The importers, on small files made up in the published forms: the tables themselves are not part of the project. */
import { createRng, InputError, tableColumn } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { publishedTables } from "./index.ts";

const table = (name: string) => {
  const found = publishedTables.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no table ${name}`);
  return found;
};

describe.each(publishedTables)("$name", ({ space, read }) => {
  it("writes every architecture so that it can be read again", () => {
    const rng = createRng(0);
    for (let i = 0; i < 200; i++) {
      const g = space.sample(rng);
      expect(space.parse(space.format(g))).toEqual(g);
    }
  });

  it("refuses texts of another form, and files that are none", () => {
    expect(() => space.parse("64-9-basic")).toThrow(InputError);
    expect(() => read("[[", "broken")).toThrow(InputError);
  });
});

describe("sizes", () => {
  it("are the published ones", () => {
    expect(Object.fromEntries(publishedTables.map(({ name, space }) => [name, space.size]))).toEqual({
      "nasbench-macro": 6561n,
      // 3^7 expansions, 2^7 kernels, 3^6 × 4 layers, 2^7 squeezes.
      "accel-nasbench": 3n ** 7n * 2n ** 7n * 3n ** 6n * 4n * 2n ** 7n,
      "transnas-micro": 4096n,
      // Four, five and six modules; the table knows 3,256 of them.
      "transnas-macro": 4n ** 4n + 4n ** 5n + 4n ** 6n,
    });
  });
});

describe("NAS-Bench-Macro", () => {
  it("gives the columns of its JSON, and what one training would have shown", () => {
    const text =
      '{"00000000": {"test_acc": [80.1, 80.5, 80.3], "mean_acc": 80.3, "std": 0.16, "params": 1000, "flops": 2000}, "01201201": {"mean_acc": 93.1}}';
    const read = table("nasbench-macro").read(text, "macro.json");
    expect(read.architectures).toEqual(["00000000", "01201201"]);
    expect([...tableColumn(read, "mean_acc")]).toEqual([80.3, 93.1]);
    expect([...tableColumn(read, "first_acc")]).toEqual([80.1, Number.NaN]);
    expect(() => table("nasbench-macro").read('{"00000000": 3}', "macro.json")).toThrow(/00000000/);
  });
});

describe("Accel-NASBench", () => {
  const architecture = Object.fromEntries(
    Array.from({ length: 7 }, (_, block) => [
      [`block${block}_e`, 6],
      [`block${block}_k`, "5"],
      [`block${block}_l`, block === 5 ? 4 : 1],
      [`block${block}_se`, block % 2 === 0 ? "True" : false],
    ]).flat(),
  );
  const line = (more: object = {}) =>
    JSON.stringify({
      architecture: { ...architecture, ...more },
      metrics: { val_top1: 61.5, train_time: 7200 },
      platform_perf: { throughput_a100: { throughput_mean: 500, throughput_std: 1 }, latency_zcu102: { latency_mean: 8.5 } },
    });

  it("gives accuracy, training time, latency, and milliseconds an image", () => {
    const read = table("accel-nasbench").read(`${line()}\n\n${line({ block0_e: 1 })}\n`, "anb.jsonl");
    expect(read.architectures).toEqual(["e6666666-k5555555-l1111141-se1010101", "e1666666-k5555555-l1111141-se1010101"]);
    expect(read.lines).toEqual([1, 3]);
    expect([...tableColumn(read, "val_top1")]).toEqual([61.5, 61.5]);
    expect([...tableColumn(read, "ms_per_image_a100")]).toEqual([2, 2]);
    expect([...tableColumn(read, "latency_zcu102")]).toEqual([8.5, 8.5]);
  });

  it("says in which line something is wrong", () => {
    expect(() => table("accel-nasbench").read(`${line()}\n${line({ block3_k: 7 })}`, "anb.jsonl")).toThrow(/anb.jsonl:2: block3_k is 7/);
  });
});

describe("TransNAS-Bench-101", () => {
  it("reads the exported CSV", () => {
    const read = table("transnas-micro").read("architecture,class_scene_valid_top1\n64-41414-1_02_333,54.9\n", "micro.csv");
    expect([...tableColumn(read, "class_scene_valid_top1")]).toEqual([54.9]);
    expect(table("transnas-micro").space.parse("64-41414-1_02_333")).toEqual([1, 0, 2, 3, 3, 3]);
    expect(table("transnas-macro").space.parse("64-1234-basic")).toEqual([0, 1, 2, 3, 0, 0]);
    expect(table("transnas-macro").space.parse("64-123411-basic")).toEqual([0, 1, 2, 3, 1, 1]);
  });
});
