/** A process that trains what it is told to, as a worker of a search does, and says what came of it. */
import { type CategoricalSpace, datasetSchema, resolveTraining, trainingSchema } from "@archwright/core";
import { loadDataset, openEvaluator } from "@archwright/runtimes";
import { fashionMnist } from "../../fashion-mnist/images.ts";
import { recipe, spaceOf, task } from "../setting.ts";
import type { Trained, Training } from "./trainings.ts";

const [folder = ""] = process.argv.slice(2);
const read = datasetSchema.parse(fashionMnist(folder));
const { contentHash } = await loadDataset(read);

async function open(rate: number, space: CategoricalSpace) {
  const training = resolveTraining(trainingSchema.parse({ ...recipe, learning_rate: rate, steps: 1 }));
  const limits = { trialTimeMs: Number.POSITIVE_INFINITY, trialMemoryBytes: Number.POSITIVE_INFINITY };
  const evaluator = await openEvaluator({
    space,
    task,
    spec: { kind: "train", dataset: read, datasetHash: contentHash, training },
    limits,
  });
  if (!evaluator?.test) throw new Error("nothing trains and tests here");
  return { evaluate: evaluator.evaluate, test: evaluator.test };
}
const opened = new Map<CategoricalSpace, Map<number, ReturnType<typeof open>>>();

/** The evaluator of a space and a learning rate, opened once. */
function evaluatorOf({ architecture, rate }: Training): ReturnType<typeof open> {
  const space = spaceOf(architecture);
  const ofSpace = opened.get(space) ?? new Map<number, ReturnType<typeof open>>();
  opened.set(space, ofSpace);
  const evaluator = ofSpace.get(rate) ?? open(rate, space);
  ofSpace.set(rate, evaluator);
  return evaluator;
}

async function train(training: Training): Promise<Trained> {
  const { architecture, steps, seed } = training;
  const evaluator = await evaluatorOf(training);
  const before = process.cpuUsage();
  const { score, weights } = await evaluator.evaluate(architecture, { steps }, seed);
  if (!weights) throw new Error(`${architecture} came without weights`);
  // The test belongs to the report, and costs neither side anything.
  const { user, system } = process.cpuUsage(before);
  return { ...training, validation: score, test: await evaluator.test(architecture, weights), cpuSeconds: (user + system) / 1e6 };
}

// One at a time: nothing else of this process runs while a training's processor time is taken.
process.on("message", (training: Training) => {
  train(training).then(
    (trained) => process.send?.(trained),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
