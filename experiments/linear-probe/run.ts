/**
 * Few labelled images: a linear probe behind layers trained on other classes of Fashion-MNIST, beside the same network trained from scratch
 * on the few images. Prints a table; see README.md.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  createRng,
  createSpace,
  type DatasetSpec,
  datasetSchema,
  type Evaluator,
  type EvaluatorSpec,
  mean,
  resolveSpaceSpec,
  resolveTraining,
  type SpaceSpecInput,
  type Task,
  trainingSchema,
} from "@archwright/core";
import { datasetShape, exportOnnx, openEvaluator, readBackbone } from "@archwright/runtimes";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    /** Labelled images of each new class. */
    images: { type: "string", default: "5,20,100" },
    draws: { type: "string", default: "5" },
    /** Of training the backbone, and of training from scratch. */
    steps: { type: "string", default: "1500,400" },
  },
});
const [pretraining = 0, scratch = 0] = flags.steps.split(",").map(Number);
const folder = mkdtempSync(join(tmpdir(), "archwright-linear-probe-"));
const limits = { trialTimeMs: 3_600_000, trialMemoryBytes: 2 ** 32 };

/** T-shirts, pullovers, coats and shirts, which are hard to tell apart; the backbone is trained on the six others. */
const isNew = (label: number) => [0, 2, 4, 6].includes(label);

/** Of one architecture, after MobileNetV1. */
const backboneSpace: SpaceSpecInput = {
  name: "custom",
  stem: { channels: 16, stride: 1 },
  stages: [
    { channels: 32, stride: 2, depth: 2, blocks: [{ type: "depthwise-separable" }] },
    { channels: 64, stride: 2, depth: 2, blocks: [{ type: "depthwise-separable" }] },
  ],
};

interface Images {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

function readImages(set: "train" | "t10k"): Images {
  const file = (name: string) => gunzipSync(readFileSync(join(flags.data, `${set}-${name}-ubyte.gz`)));
  return { pixels: file("images-idx3").subarray(16), labels: file("labels-idx1").subarray(8) };
}

function idx(magic: number, sizes: readonly number[], bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  [magic, ...sizes].forEach((size, i) => {
    head.writeUInt32BE(size, 4 * i);
  });
  return Buffer.concat([head, bytes]);
}

/** Some images as a dataset of its own, with those test images whose classes it has. */
function datasetOf(name: string, train: Images, chosen: readonly number[], test: Images): DatasetSpec {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  const write = (set: string, { pixels, labels }: Images, indices: readonly number[]) => {
    const images = Buffer.concat(indices.map((i) => pixels.subarray(784 * i, 784 * (i + 1))));
    writeFileSync(join(place, `${set}_images`), idx(0x803, [indices.length, 28, 28], images));
    writeFileSync(
      join(place, `${set}_labels`),
      idx(
        0x801,
        [indices.length],
        Uint8Array.from(indices, (i) => labels[i] as number),
      ),
    );
  };
  const classes = new Set(chosen.map((i) => train.labels[i]));
  write("train", train, chosen);
  write(
    "test",
    test,
    [...test.labels.keys()].filter((i) => classes.has(test.labels[i])),
  );
  const files = ["train_images", "train_labels", "test_images", "test_labels"].map((key) => [key, join(place, key)]);
  return datasetSchema.parse({ kind: "idx", validation: 0.05, ...Object.fromEntries(files) });
}

/** An evaluator of a space on a dataset, and the space's architectures. @param space what it is, given the task */
async function open(dataset: DatasetSpec, space: (task: Task) => SpaceSpecInput, evaluator: (found: object, task: Task) => EvaluatorSpec) {
  const { contentHash: datasetHash, input, ...shape } = await datasetShape(dataset);
  const task: Task = { kind: "image-classification", ...shape };
  const made = createSpace(resolveSpaceSpec(space(task), task), task);
  const opened = (await openEvaluator({ space: made, task, limits, spec: evaluator({ dataset, datasetHash, input }, task) })) as Evaluator;
  return { evaluator: opened, space: made, task, texts: [...made.enumerate()].map(made.format) };
}

function openTraining(dataset: DatasetSpec, steps: number, batch: number) {
  const written = { steps, batch_size: batch, learning_rate: 0.005, augmentation: { flip: true, shift: 2 } };
  const training = resolveTraining(trainingSchema.parse(written));
  return open(
    dataset,
    () => backboneSpace,
    (found) => ({ kind: "train", ...found, training }) as EvaluatorSpec,
  );
}

/** Trains the backbone and writes it as a model. */
async function trainBackbone(dataset: DatasetSpec): Promise<string> {
  const { evaluator, space, task, texts } = await openTraining(dataset, pretraining, 64);
  const [text = ""] = texts;
  const { score, weights = new Float32Array() } = await evaluator.evaluate(text, { steps: pretraining }, 0);
  process.stderr.write(`backbone: ${score.toFixed(1)} % on validation images of its own classes\n`);
  const file = join(folder, "backbone.onnx");
  writeFileSync(file, exportOnnx(space.network(space.parse(text), task), weights));
  return file;
}

/** Accuracies in percent. */
interface Result {
  readonly chosen: string;
  readonly leaveOneOut: number;
  readonly test: number;
  /** Of the usual probe: behind the last layer, its mean. */
  readonly last: number;
  readonly scratch: number;
}

async function compare(dataset: DatasetSpec, model: string, seed: number): Promise<Result> {
  const read = (task: Task) => readBackbone(model, task);
  const probe = await open(
    dataset,
    (task) => ({ name: "backbone", model, network: read(task).network }),
    (found, task) => ({ kind: "probe", ...found, backbone: { file: model, contentHash: read(task).contentHash } }) as EvaluatorSpec,
  );
  const judge = async (text: string) => {
    const { score, weights = new Float32Array() } = await probe.evaluator.evaluate(text, { epochs: 0 }, 0);
    return { text, score, test: (await probe.evaluator.test?.(text, weights)) ?? Number.NaN };
  };
  const judged = [];
  for (const text of probe.texts) judged.push(await judge(text));
  const best = judged.reduce((most, one) => (one.score > most.score ? one : most));
  const last = judged.filter(({ text }) => text.endsWith("average g1")).at(-1);
  const training = await openTraining(dataset, scratch, 16);
  const [text = ""] = training.texts;
  const { weights = new Float32Array() } = await training.evaluator.evaluate(text, { steps: scratch }, seed);
  const trained = (await training.evaluator.test?.(text, weights)) ?? Number.NaN;
  return { chosen: best.text, leaveOneOut: best.score, test: best.test, last: last?.test ?? Number.NaN, scratch: trained };
}

try {
  const [train, test] = [readImages("train"), readImages("t10k")];
  const indices = [...train.labels.keys()];
  const others = indices.filter((i) => !isNew(train.labels[i] as number));
  const model = await trainBackbone(datasetOf("others", train, others, test));
  console.log(
    "| images a class | probe, leave-one-out % | probe, test % | behind the last layer, test % | from scratch, test % | chosen |",
  );
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const count of flags.images.split(",").map(Number)) {
    const results: Result[] = [];
    for (let draw = 0; draw < Number(flags.draws); draw++) {
      const shuffled = createRng(`${count} images, draw ${draw}`).shuffle(indices);
      const few = [0, 2, 4, 6].flatMap((label) => shuffled.filter((i) => train.labels[i] === label).slice(0, count));
      results.push(await compare(datasetOf(`${count}-${draw}`, train, few, test), model, draw));
    }
    const shown = (key: "leaveOneOut" | "test" | "last" | "scratch") => mean(results.map((result) => result[key])).toFixed(1);
    const numbers = [shown("leaveOneOut"), shown("test"), shown("last"), shown("scratch")];
    console.log(`| ${count} | ${numbers.join(" | ")} | ${[...new Set(results.map(({ chosen }) => chosen))].join(", ")} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
