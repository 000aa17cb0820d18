import { createRng, floatAt, InputError, item } from "@archwright/core/base";
import { describe, expect, it } from "vitest";
import type { ImageSet } from "../datasets/dataset.ts";
import { imagesOfSize } from "../datasets/resize.ts";
import { exportOnnx } from "../onnx/exportModel.ts";
import { GraphBuilder } from "../onnx/graphBuilder.ts";
import { initialWeights } from "../training/initialise.ts";
import { smallNetwork, stripes } from "../training/stripes.fixture.ts";
import { openClassifier } from "./classifier.ts";
import { imageShapeOf, inputFormFor } from "./input.ts";
import { matchLabels } from "./labels.ts";

const rng = createRng("classifier");
const size = { channels: 3, height: 2, width: 4 };
const pixels = 24;
const classes = 5;
const images = Array.from({ length: 7 }, () => Float32Array.from({ length: pixels }, () => rng.next()));
/** [pixels, classes], the pixels channels first. */
const weights = Array.from({ length: pixels * classes }, () => rng.normal());
const set: ImageSet = {
  ...size,
  copyImage: (index, target, at) => target.set(images[index] as Float32Array, at),
  labels: new Int32Array(images.length),
  count: images.length,
  classes,
};

/** Pixel times weight, summed: [images, classes]. */
const expected = (change = (pixel: number, _channel: number) => pixel) =>
  images.flatMap((image) =>
    Array.from({ length: classes }, (_, k) =>
      image.reduce((sum, pixel, at) => sum + change(pixel, Math.floor(at / 8)) * item(weights, at * classes + k), 0),
    ),
  );

/** That product as a model whose input has this shape. */
function linearModel(shape: readonly (string | number)[], last = false, more: (graph: GraphBuilder) => void = () => undefined): Uint8Array {
  const graph = new GraphBuilder();
  const input = graph.input("x", shape);
  const first = last ? graph.op("Transpose", [input], { perm: [0, 3, 1, 2] }) : input;
  const flat = graph.op("Reshape", [first, graph.int64s([-1, pixels])]);
  graph.output(graph.op("MatMul", [flat, graph.floats(weights, [pixels, classes])]), "y", [shape[0] as string, classes]);
  more(graph);
  return graph.encode({ name: "linear" });
}

async function outputsOf(model: Uint8Array, ...given: Parameters<Awaited<ReturnType<typeof openClassifier>>["classify"]>) {
  const classifier = await openClassifier(model, "model.onnx");
  try {
    return await classifier.classify(...given);
  } finally {
    await classifier.release();
  }
}

describe("a classifier", () => {
  it.each([
    ["channels first", ["n", 3, 2, 4], false],
    ["channels last", ["n", 2, 4, 3], true],
    ["flat", ["n", pixels], false],
    ["any size", ["n", 3, "h", "w"], false],
    ["one image at once", [1, 3, 2, 4], false],
    ["three images at once, the last of them alone", [3, 2, 4, 3], true],
  ] as const)("gets images as it takes them: %s", async (_, shape, last) => {
    const found = await outputsOf(linearModel(shape, last), set);
    expect(found).toHaveLength(images.length * classes);
    for (const [i, value] of expected().entries()) expect(floatAt(found, i)).toBeCloseTo(value, 4);
  });

  it("gets normalised pixels where that is asked for", async () => {
    const normalisation = { mean: [0.1, 0.2, 0.3], std: [2, 3, 4] };
    const found = await outputsOf(linearModel(["n", 2, 4, 3], true), set, normalisation);
    const values = expected((pixel, channel) => (pixel - item(normalisation.mean, channel)) / item(normalisation.std, channel));
    for (const [i, value] of values.entries()) expect(floatAt(found, i)).toBeCloseTo(value, 4);
  });

  it("of ours says what it was trained for; of others, keys of the same name say nothing", async () => {
    const network = smallNetwork();
    const made = { classes: '["a","b","c","d"]', input_normalised: "inside", input_scale: "16", input_resize: "cover", dataset_hash: "x" };
    const description = async (metadata: Readonly<Record<string, string>>) => {
      const classifier = await openClassifier(exportOnnx(network, initialWeights(network, rng), { metadata }), "model.onnx");
      await classifier.release();
      return classifier;
    };
    expect(await description({ ...made, archwright_version: "1" })).toMatchObject({
      description: { classes: ["a", "b", "c", "d"], normalisedInside: true, scale: 16, resize: "cover", datasetHash: "x" },
      imageShape: { channels: 1, height: 8, width: 8 },
    });
    expect((await description(made)).description).toEqual({ normalisedInside: false });
    expect((await description({ archwright_version: "1", classes: "[1" })).description).toEqual({ normalisedInside: false });
  });

  it("of ours gets images resized as those that it was trained on", async () => {
    const network = smallNetwork();
    const weights = initialWeights(network, createRng("resized"));
    const large = stripes(4, 1);
    const small: ImageSet = { ...large, height: 16, width: 4 };
    const plain = await outputsOf(exportOnnx(network, weights), imagesOfSize(small, { height: 8, width: 8 }));
    const metadata = { archwright_version: "1", input_resized_from: "[16,4]" };
    const classifier = await openClassifier(exportOnnx(network, weights, { metadata }), "model.onnx");
    expect(classifier.imageShape).toEqual({ channels: 1, height: 16, width: 4 });
    expect(await classifier.classify(small)).toEqual(plain);
    // Images that have its size already are left as they are.
    expect(await classifier.classify(large)).toEqual(await outputsOf(exportOnnx(network, weights), large));
    await classifier.release();
  });

  it("ignores outputs that are not for the classes, and refuses where none is or several are", async () => {
    const other = linearModel(["n", pixels], false, (graph) => graph.output(graph.floats([1, 2]), "other", [2]));
    expect(await outputsOf(other, set)).toHaveLength(images.length * classes);
    await expect(outputsOf(other, { ...set, classes: 4 })).rejects.toThrow(/'y' \(5 numbers an image\)[\s\S]*one output of 4 numbers/);
    const two = linearModel(["n", pixels], false, (graph) => graph.output(graph.op("Relu", ["y"]), "z", ["n", classes]));
    await expect(outputsOf(two, set)).rejects.toThrow(/'y' \(5 numbers an image\), 'z' \(5/);
  });

  it("refuses images of another size, inputs that are no images, and what is no model", async () => {
    await expect(outputsOf(linearModel(["n", pixels]), stripes(4, 1))).rejects.toThrow(/takes \[batch, 24\], and the images are 1×8×8/);
    const graph = new GraphBuilder();
    graph.output(graph.op("Cast", [graph.input("ids", ["n", 3], "int64")], { to: 1 }), "y", ["n", 3]);
    await expect(openClassifier(graph.encode({ name: "ids" }), "ids.onnx")).rejects.toThrow(/ids\.onnx: .*'ids' \(int64/);
    await expect(openClassifier(new Uint8Array([8, 1]), "bad.onnx")).rejects.toThrow(InputError);
    const unknown = new GraphBuilder();
    unknown.output(unknown.op("NoSuchOperator", [unknown.input("x", ["n", 3, 2, 4])]), "y", ["n", 5]);
    await expect(openClassifier(unknown.encode({ name: "unknown" }), "unknown.onnx")).rejects.toThrow(
      /unknown\.onnx: onnxruntime cannot load the model: .*NoSuchOperator/,
    );
  });
});

describe("images and inputs", () => {
  it("of one channel need no axis for it", () => {
    const grey = { channels: 1, height: 28, width: 28 };
    expect(inputFormFor([28, 28], grey)).toEqual({ shape: [28, 28], order: "channels first" });
    expect(inputFormFor([28, 28, 1], grey).order).toBe("channels last");
  });

  it.each([
    [[3, 32, 24], { channels: 3, height: 32, width: 24 }],
    [[32, 24, 3], { channels: 3, height: 32, width: 24 }],
    [[28, 28], { channels: 1, height: 28, width: 28 }],
    [[3, undefined, 24], undefined],
    [[784], undefined],
  ])("%j are images of %j", (open, found) => expect(imageShapeOf(open)).toEqual(found));
});

describe("classes", () => {
  const data = { classes: ["cat", "ant"], labels: Int32Array.of(0, 1, 1) };

  it("are matched by name, in any order and with some missing", () => {
    expect(matchLabels(data, ["ant", "bee", "cat"])).toEqual({ classes: ["ant", "bee", "cat"], labels: Int32Array.of(2, 0, 0) });
    expect(() => matchLabels(data, ["ant", "bee"])).toThrow(/does not know: cat[\s\S]*expected: classes of the model: ant, bee/);
  });

  it("are those of the dataset where the model names none", () => expect(matchLabels(data)).toEqual(data));
});
