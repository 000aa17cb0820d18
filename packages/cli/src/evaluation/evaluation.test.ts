import { createRng, evaluateClassifier, intAt } from "@archwright/core";
import type { DatasetReport, NamedImages, PictureWriter } from "@archwright/runtimes";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { type Evaluated, evaluationJson } from "./evaluated.ts";
import { renderEvaluationPage } from "./page.ts";
import { renderEvaluation } from "./text.ts";

const count = 60;

/** Images of classes with these names; one in three is taken for the next class, the later the more confidently. */
function evaluatedOn(classes: readonly string[], worst = 5): Evaluated {
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes.length);
  const values = new Float32Array(count * classes.length);
  labels.forEach((label, i) => {
    const taken = i % 3 === 0 ? (label + 1) % classes.length : label;
    values[i * classes.length + taken] = 8 + i / 10;
  });
  const images: NamedImages = {
    copyImage: (index, target, at) => target.set([index / count, 0, 1, 0.5], at),
    nameOf: (index) => `<i>${classes[intAt(labels, index)]}/${index}.png`,
    ...{ labels, count, channels: 1, height: 2, width: 2, classes: classes.length },
  };
  return {
    origin: { model: "a<b>.onnx" },
    dataset: { dataset: "photos", split_by: "as the files say" } as DatasetReport,
    split: "validation",
    images,
    classes,
    evaluation: evaluateClassifier({ values, labels, classes: classes.length }, createRng("test")),
    worst,
    notes: ["a <note>"],
  };
}

/** Writes no pictures: the bytes are the size of each. */
const writer: PictureWriter = {
  thumbnail: async (picture) => picture,
  png: async ({ width, height }) => Uint8Array.of(width, height),
};
const thousand = Array.from({ length: 1000 }, (_, k) => `class ${k}`);
const named = ["<script>alert(1)</script>", `"quoted" & 'single'`, "plain"];

describe("the report", () => {
  it("shows names as they are, whatever they hold, and loads nothing", async () => {
    const evaluated = evaluatedOn(named);
    const html = await renderEvaluationPage(evaluated, writer);
    const { document } = parseHTML(html);
    expect([...document.querySelectorAll(".matrix tbody th")].map(({ textContent }) => textContent)).toEqual(named);
    expect(document.querySelectorAll("i, b, note")).toHaveLength(0);
    const scripts = [...document.querySelectorAll("script")];
    expect(scripts.map(({ type, src }) => [type, src])).toEqual([["application/json", ""]]);
    expect(JSON.parse(scripts[0]?.textContent as string)).toEqual(JSON.parse(JSON.stringify(evaluationJson(evaluated))));
    const pictures = [...document.querySelectorAll("img")];
    expect(pictures).toHaveLength(5);
    expect(pictures.every(({ src }) => src === "data:image/png;base64,AgI=")).toBe(true);
    expect(pictures[0]?.alt).toContain("<i>");
    expect(html).not.toMatch(/(src|href)="(?!data:)|@import|url\(/);
  });

  it("has the confusion matrix with the images of each pair", async () => {
    const { document } = parseHTML(await renderEvaluationPage(evaluatedOn(["a", "b", "c"]), writer));
    const cells = [...document.querySelectorAll(".matrix tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map(({ textContent }) => textContent),
    );
    // Every third image is of class a, and taken for b.
    expect(cells).toEqual([
      ["", "20", ""],
      ["", "20", ""],
      ["", "", "20"],
    ]);
  });

  it("of a thousand classes has no matrix, but what was mistaken most often", async () => {
    const html = await renderEvaluationPage(evaluatedOn(thousand), writer);
    expect(html).toContain("1000 classes; what was mistaken most often");
    expect(html).not.toContain('class="matrix"');
    expect(evaluationJson(evaluatedOn(thousand)).confusion_matrix).toBeNull();
    expect(evaluationJson(evaluatedOn(thousand)).confusions).toHaveLength(20);
  });
});

describe("in the terminal", () => {
  it("an evaluation without a mistake says nothing of mistakes", () => {
    const evaluated = evaluatedOn(["a", "b", "c"]);
    const values = Float32Array.from({ length: 3 * count }, (_, at) => (at % 3 === Math.floor(at / 3) % 3 ? 1 : 0));
    const evaluation = evaluateClassifier({ values, labels: evaluated.images.labels, classes: 3 }, createRng("test"));
    expect(renderEvaluation({ ...evaluated, evaluation })).not.toMatch(/mistake|confusion matrix/);
    expect(evaluationJson({ ...evaluated, evaluation }).worst).toEqual([]);
  });

  it("a thousand classes take a screen or two", () => {
    const text = renderEvaluation(evaluatedOn(thousand));
    expect(text).toContain("the 20 of 1000 classes with the lowest recall");
    expect(text).toContain("what was mistaken most often");
    expect(text.split("\n").length).toBeLessThan(80);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(300);
  });

  it("names cannot steer it", () => expect(renderEvaluation(evaluatedOn(["a\u001b[2J", "b"]))).not.toContain("\u001b"));

  it("mistakes come by confidence, with the names of their images", () => {
    const { worst } = evaluationJson(evaluatedOn(["a", "b", "c"], 2));
    expect(worst).toMatchObject([
      { index: 57, name: "<i>a/57.png", label: "a", prediction: "b" },
      { index: 54, name: "<i>a/54.png", label: "a", prediction: "b" },
    ]);
    expect(renderEvaluation(evaluatedOn(["a", "b", "c"], 0))).not.toContain("the most confident");
  });
});
