/** The evaluator that fits a linear classifier to the features of frozen layers. */
import { CandidateError, InputError, item, Matrix } from "@archwright/core/base";
import type { Evaluator, ProbeSpec } from "@archwright/core/experiment";
import { type Network, parameterLayout, parameterVectorLength } from "@archwright/core/ir";
import { fitLinearProbe } from "@archwright/core/score";
import { backbonePrefix, type Task } from "@archwright/core/spaces";
import { assertSameData, type ImageSet, imagesFor, loadDataset } from "../datasets/index.ts";
import { backboneHash, type FrozenWeights, readBackboneFile, readFrozenWeights, weightVector } from "./probe/backbone.ts";
import { renormalised } from "./probe/renormalised.ts";
import type { EvaluatorProblem } from "./types.ts";

/**
 * Says how good the first layers of a backbone are for a dataset: the leave-one-out accuracy of a linear classifier on what they
 * give, over the images for training and validation together. Its weights are those of the backbone with that classifier behind it.
 * Nothing of it is random: the seed is not used.
 * @throws InputError where the dataset or the model cannot be read, or has changed since the experiment was read.
 */
export async function createProbeEvaluator({ space, task, spec }: EvaluatorProblem<ProbeSpec>): Promise<Evaluator> {
  const data = await loadDataset(spec.dataset);
  assertSameData(data.contentHash, spec);
  const frozen = await frozenWeights(spec, task);
  const { networkOutputs, evaluateAccuracy } = await import("../training/evaluate.ts");
  const { normalisation } = spec;
  const images = (set: ImageSet) => (normalisation ? renormalised(set, data, normalisation) : set);
  const seen = [data.train, data.validation].filter(({ count }) => count > 0).map(images);
  const labels = seen.flatMap((set) => [...set.labels]);
  const network = (architecture: string) => space.network(space.parse(architecture), task);

  const featuresOf = async (layers: Network, weights: Float32Array): Promise<Matrix> => {
    const rows: Float32Array[] = [];
    for (const set of seen) {
      for await (const { count, values } of networkOutputs(layers, weights, imagesFor(layers, set))) {
        const width = values.length / count;
        for (let i = 0; i < count; i++) rows.push(values.slice(i * width, (i + 1) * width));
      }
    }
    if (!rows.every((row) => row.every(Number.isFinite)))
      throw new CandidateError("not-finite", "a feature of the frozen layers is not finite");
    return Matrix.fromRows(rows, item(rows, 0).length);
  };
  return {
    evaluate: async (architecture) => {
      const candidate = network(architecture);
      const weights = weightVector(candidate, frozen);
      const layers = { nodes: candidate.nodes.slice(0, -1), outputs: [candidate.nodes.length - 2] };
      const features = await featuresOf(layers, weights.subarray(0, parameterVectorLength(layers)));
      const probe = fitLinearProbe(features, labels, data.classes.length);
      const [weight, bias] = parameterLayout(candidate).slice(-2);
      weights.set(probe.weights.values, weight?.offset);
      weights.set(probe.bias, bias?.offset);
      return { score: probe.leaveOneOutAccuracy, weights };
    },
    test: async (architecture, weights) => {
      const tested = network(architecture);
      return evaluateAccuracy(tested, weights, imagesFor(tested, images(data.test)));
    },
  };
}

/** By the names that they have in candidates. @throws InputError where the model is not the one that the search began with. */
async function frozenWeights({ backbone: { file, contentHash } }: ProbeSpec, task: Task): Promise<FrozenWeights> {
  const bytes = readBackboneFile(file);
  if (backboneHash(bytes) !== contentHash) {
    throw new InputError("the model is not the one that the search began with", {
      place: { file },
      expected: "the same file: put it back, or start a new search",
    });
  }
  const weights = await readFrozenWeights(bytes, file, task);
  return new Map([...weights].map(([name, values]) => [`${backbonePrefix}${name}`, values]));
}
