/** What is stored of a trained network: its weights, and how images become its input. */
import {
  evaluatorKindOf,
  type FoundDataset,
  type InputDescription,
  InputError,
  inputOfNetwork,
  type Network,
  type Run,
  type Store,
  type Trial,
} from "@archwright/core";
import { assertSameData, datasetShape } from "@archwright/runtimes";

/** @throws InputError where there are none. */
export function trainedWeights(store: Store, { id, experiment }: Run, { number }: Trial): Float32Array {
  const weights = store.weights(id, number);
  if (weights) return weights;
  const { runs, dataset } = evaluatorKindOf(experiment.evaluator);
  const own =
    runs === "worker" && dataset === undefined ? "; a program of your own must name a file of them as 'weights' in its final line" : "";
  throw new InputError(`trial ${number} of ${id} has no trained weights`, {
    expected: `a trial of the front of a run that trains; weights of others are not kept${own}`,
    suggestion: `archwright pareto ${id}`,
  });
}

/** What this trained network needs of the dataset; undefined where a program of the user's own prepares the images. @throws InputError */
export async function inputOf(run: Run, network: Network): Promise<InputDescription | undefined> {
  const { evaluator } = run.experiment;
  const dataset = evaluatorKindOf(evaluator).dataset?.(evaluator);
  return dataset && inputOfNetwork(dataset.input ?? (await inputFromDataset(run, dataset)), network);
}

/** Of a run that an earlier version stored without it. @throws InputError where the dataset is not there as it was. */
async function inputFromDataset(run: Run, dataset: Pick<FoundDataset, "spec" | "contentHash">): Promise<InputDescription> {
  try {
    return await unchangedData(dataset);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `run ${run.id} was stored by an earlier version, without the normalisation of its images, so its dataset is needed: ${error.problem}`,
      error,
    );
  }
}

/** What the images of a run are like. @throws InputError where the dataset is not there as the run found it. */
export async function unchangedData({ spec, contentHash }: Pick<FoundDataset, "spec" | "contentHash">): Promise<InputDescription> {
  const found = await datasetShape(spec);
  assertSameData(found.contentHash, { dataset: spec, datasetHash: contentHash });
  return found.input;
}
