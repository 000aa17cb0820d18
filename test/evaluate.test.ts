import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StageTraining } from "@archwright/core";
import { beforeAll, describe, expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { commandLineIn, type InProcess } from "./support/inProcess.ts";

interface Share {
  readonly value: number;
  readonly low95: number;
  readonly high95: number;
}

interface Evaluation {
  readonly split: string;
  readonly images: number;
  readonly outputs: string;
  readonly accuracy: Share;
  readonly classes: readonly { readonly name: string; readonly support: number; readonly recall: Share | null }[];
  readonly confusion_matrix: readonly (readonly number[])[];
  readonly worst: readonly { readonly index: number; readonly name: string; readonly label: string; readonly prediction: string }[];
  readonly notes: readonly string[];
}

const folder = createFolder();
let archwright: InProcess;
/** The trial that was trained last, twice, and the training whose weights were kept. */
let best: number;
let kept: StageTraining;
/** A trial whose weights were not kept. */
let other: number;

beforeAll(async () => {
  archwright = await commandLineIn(folder.path);
  const training = { stages: [{ steps: 10 }, { steps: 60, keep: 1, seeds: 2 }], batch_size: 32, learning_rate: 0.01 };
  // Its networks take images of 6×6 pixels, made of the digits' 8×8.
  const space = { name: "mobile", resolution: [6] };
  const search = { algorithm: "random", evaluations: 2 };
  folder.write("x.yaml", experiment({ space, search, training, devices: ["stm32f746"], objectives: ["error"] }));
  await archwright.json("search", "x.yaml", "--workers", "2");
  for (const { number, trainings } of folder.trials("small-1")) {
    const found = trainings?.find(({ weightsKept }) => weightsKept);
    if (found === undefined) other = number;
    else [best, kept] = [number, found];
  }
  await archwright.run("export", "small-1", String(best), "--output", "model.onnx");
});

const evaluate = async (...args: readonly string[]) => (await archwright.json("evaluate", ...args)) as Evaluation;
const trial = () => ["small-1", String(best)];
const refused = async (...args: readonly string[]) => {
  const { code, stderr } = await archwright.run("evaluate", ...args);
  expect(code).toBe(2);
  return stderr;
};

describe("evaluate", () => {
  it("finds the accuracies that the search stored, on validation images unless test images are asked for", async () => {
    const validation = await evaluate(...trial());
    expect(validation).toMatchObject({
      run: "small-1",
      trial: best,
      dataset: "digits",
      split: "validation",
      images: 270,
      outputs: "logits",
    });
    expect(validation.notes).toEqual([expect.stringContaining("the best of 2 trainings on these images")]);
    // Normalised inside of the model, after resizing instead of before: an image may fall to the other side.
    const one = 100 / validation.images + 1e-6;
    expect(Math.abs(validation.accuracy.value - (kept.score as number))).toBeLessThan(one);
    expect(validation.accuracy.low95).toBeLessThan(validation.accuracy.value);
    const test = await evaluate(...trial(), "--split", "test");
    expect(Math.abs(test.accuracy.value - (kept.testScore as number))).toBeLessThan(one);
    expect(test.notes).toEqual([expect.stringContaining("these are the test images")]);
    expect((await evaluate(...trial(), "--split", "all")).notes).toEqual([expect.stringContaining("was trained on these images")]);
  });

  it("counts the same images in every part", async () => {
    const { images, classes, confusion_matrix: matrix, worst, accuracy } = await evaluate(...trial(), "--worst", "1000");
    const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0);
    expect(classes.map(({ support }) => support)).toEqual(matrix.map(sum));
    expect(sum(matrix.map(sum))).toBe(images);
    const right = sum(matrix.map((row, label) => row[label] as number));
    expect((100 * right) / images).toBeCloseTo(accuracy.value, 9);
    expect(worst).toHaveLength(images - right);
  });

  it("of the exported model gives the same, on the same images by any name", async () => {
    const rest = ({ origin: _, notes: __, ...evaluation }: Record<string, unknown>) => ({
      ...evaluation,
      run: 0,
      trial: 0,
      model: 0,
      dataset: 0,
    });
    const expected = rest((await evaluate(...trial())) as unknown as Record<string, unknown>);
    for (const data of ["digits", "x.yaml", "{ kind: digits }"]) {
      // The hash of all digits is not that of the 300 that the search was limited to.
      const found = await evaluate("model.onnx", "--data", data);
      expect(rest(found as unknown as Record<string, unknown>)).toEqual(expected);
      expect(found.notes).toEqual(data === "x.yaml" ? [] : [expect.stringContaining("not known to be the dataset")]);
    }
  });

  it("of images of some of the model's classes judges by name", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${Array.from({ length: 64 }, (_, p) => (i * p) % 17).join(",")},${[7, 3][i % 2]}`);
    folder.write("some.csv", rows.join("\n"));
    const data = "{ kind: csv, file: some.csv, shape: [1, 8, 8], scale: 16, classes: ['7', '3'] }";
    const { images, classes } = await evaluate("model.onnx", "--data", data, "--split", "all");
    expect([images, classes.length, classes[3]?.support, classes[7]?.support]).toEqual([30, 10, 15, 15]);
    folder.write("others.csv", rows.map((row) => row.replace(/,3$/, ",three")).join("\n"));
    const others = data.replace("some.csv", "others.csv").replace("'3'", "three");
    expect(await refused("model.onnx", "--data", others)).toMatch(/does not know: three[\s\S]*classes of the model: 0, 1, 2/);
  });

  it("writes a report, and over a page of its own alone", async () => {
    const { stdout, stderr, code } = await archwright.run("evaluate", ...trial(), "--output", "report.html", "--worst", "3");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^note: the weights are[^\n]*\n$/)]);
    expect(stdout).toMatch(
      /confusion matrix: a row for each label[\s\S]*Expected calibration error[\s\S]*the most confident of \d+ mistakes/,
    );
    expect(readFileSync(join(folder.path, "report.html"), "utf8").match(/<img alt="[^"]+" src="data:image\/png;base64,/g)).toHaveLength(3);
    expect((await archwright.run("evaluate", ...trial(), "--output", "report.html")).code).toBe(0);
    writeFileSync(join(folder.path, "mine.html"), "<!doctype html>\n<p>mine");
    expect(await refused(...trial(), "--output", "mine.html")).toContain("was not written by this command");
    expect(await refused(...trial(), "--output", "report.pdf")).toContain("write instead: --output report.html");
  });

  it("says what is missing or does not fit, and what to do", async () => {
    expect(await refused("small-1", String(other))).toMatch(/has no trained weights[\s\S]*write instead: .*archwright pareto small-1/);
    expect(await refused("small-1")).toMatch(/'small-1' is no model's file[\s\S]*a run and the number of a trial/);
    expect(await refused("model.onnx")).toMatch(/which images model\.onnx is to be evaluated on[\s\S]*--data/);
    expect(await refused("none.onnx", "--data", "digits")).toContain("none.onnx: the file does not exist");
    expect(await refused("model.onnx", "--data", "digits", "--data", "digits")).toContain("--data is given 2 times");
    expect(await refused("model.onnx", "--data", "none")).toContain("none: there is no such file or folder");
    expect(await refused("model.onnx", "--data", "{ kind: digit }")).toContain("one of digits, idx, csv, folder");
    expect(await refused("x.yaml", "--data", "digits")).toContain("x.yaml: this is no ONNX model");
    expect(await refused("model.onnx", "--data", "digits", "--mean", "0.5")).toContain("normalises its input itself");
    folder.write("wide.csv", Array.from({ length: 30 }, (_, i) => `${Array(100).fill(i).join(",")},${i % 2}`).join("\n"));
    expect(await refused("model.onnx", "--data", "{ kind: csv, file: wide.csv, shape: [1, 10, 10] }")).toMatch(
      /model\.onnx: the model takes \[batch, 1, 6, 6\], and the images are 1×10×10/,
    );
  });
});

describe("dataset show", () => {
  it("takes a name or a path, and tells of pixels and of what occurs twice", async () => {
    const image = (i: number) => Array.from({ length: 16 }, (_, p) => (i * (p + 1)) % 256).join(",");
    // Every image twice, once with each label.
    folder.write("twice.csv", Array.from({ length: 80 }, (_, i) => `${image(i % 40)},${i < 40 ? "<a>" : "b"}`).join("\n"));
    const shown = (await archwright.json("dataset", "show", "twice.csv")) as Record<string, unknown>;
    expect(shown).toMatchObject({ channels: 1, height: 4, width: 4, images: 80, duplicates: { of_other_classes: { images: 40 } } });
    expect(shown.mean).toEqual([expect.closeTo(0.45, 0)]);
    const { stdout } = await archwright.run("dataset", "show", "twice.csv", "--input", "1x2x8");
    expect(stdout).toMatch(
      /80 images of 1×2×8[\s\S]*mean 0\.\d{4}; standard deviation 0\.\d{4}\nwarning: \d+ images are in validation and, equal/,
    );
    expect(stdout).toMatch(/warning: 40 images are equal in every pixel to an image of another class: line \d+ = line \d+/);
    const sheet = await archwright.run("dataset", "show", "twice.csv", "--output", "sheet.html");
    expect(sheet.code).toBe(0);
    const html = readFileSync(join(folder.path, "sheet.html"), "utf8");
    expect(html).toContain("<th>&#60;a&#62;</th>");
    expect(html).not.toContain("<a>");
  });

  it("writes a contact sheet of training images as PNG", async () => {
    const { code } = await archwright.run("dataset", "show", "digits", "--output", "sheet.png", "--images", "3");
    expect(code).toBe(0);
    const png = readFileSync(join(folder.path, "sheet.png"));
    expect(png.toString("latin1", 1, 4)).toBe("PNG");
    // Ten rows of three pictures of 64 pixels, 2 between them.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3 * 66 - 2, 10 * 66 - 2]);
    const wrong = await archwright.run("dataset", "show", "digits", "--output", "sheet.jpg");
    expect(wrong.stderr).toContain("a name that ends in .png or .html");
    expect(existsSync(join(folder.path, "sheet.jpg"))).toBe(false);
  });

  it("says what a dataset can be", async () => {
    const { code, stderr } = await archwright.run("dataset", "show", "model.onnx");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/'model\.onnx' is not a dataset[\s\S]*digits, a folder of images/)]);
    folder.write("odd.csv", Array.from({ length: 9 }, () => "1,2,3,4,5,a").join("\n"));
    expect((await archwright.run("dataset", "show", "odd.csv")).stderr).toMatch(
      /odd\.csv:1: its rows have 6 cells[\s\S]*shape: \[channels/,
    );
  });
});
