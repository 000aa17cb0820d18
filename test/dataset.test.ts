import { describe, expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

const folder = createFolder();

/** 8×8 images of two classes whose rows take turns; the last column is the label. */
const images = (count: number) =>
  Array.from({ length: count }, (_, i) => [...Array.from({ length: 64 }, (_, p) => (31 * i + 7 * p) % 256), i % 2].join(",")).join("\n");
const csv = (file: string) => ({ kind: "csv", file, shape: [1, 8, 8] });

describe("what is read of a dataset", () => {
  it("is told by 'dataset show', which runs nothing, and by a search at its start, which stores it", async () => {
    folder.write("images.csv", images(100));
    folder.write("x.yaml", experiment({ dataset: csv("images.csv"), search: { evaluations: 1, candidates: 1 }, training: { epochs: 1 } }));
    const report = await folder.json("dataset", "show", "x.yaml");
    expect(report).toMatchObject({
      ...{ images: 100, channels: 1, height: 8, width: 8 },
      splits: { train: 70, validation: 15, test: 15 },
      classes: [
        { name: "0", images: 50 },
        { name: "1", images: 50 },
      ],
      warnings: [],
    });
    const shown = await folder.run("dataset", "show", "x.yaml");
    expect(shown.stdout).toMatch(/100 images of 1×8×8.*2 classes\n {2}splits: train 70, validation 15, test 15 .*split_seed 0/);
    const { stdout, stderr } = await folder.run("search", "x.yaml", "--json");
    JSON.parse(stdout);
    expect(stderr).toContain("splits: train 70, validation 15, test 15");
    const { events } = (await folder.json("runs", "show", "small-1")) as { events: { kind: string; detail: unknown }[] };
    expect(report).toMatchObject(events.find(({ kind }) => kind === "dataset")?.detail as object);
  });

  it("is refused before the first trial where it does not fit a trial's memory", async () => {
    folder.write("many.csv", images(60_000));
    folder.write("y.yaml", experiment({ name: "many", dataset: csv("many.csv"), limits: { trial_memory: "160MiB" } }));
    const { code, stdout, stderr } = await folder.run("search", "y.yaml");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /60000 images of 1×8×8 take [\s\S]*limits\.trial_memory[\s\S]*write instead: limits: \{ trial_memory: 256MiB \}/,
    );
  });
});
