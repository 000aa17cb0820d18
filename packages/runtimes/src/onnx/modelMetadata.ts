/** What an exported model says of itself. */
import {
  type Experiment,
  evaluatorKindOf,
  type InputDescription,
  type Run,
  storedTraining,
  type Trial,
  trainedBy,
} from "@archwright/core/experiment";
import { taskKindOf } from "@archwright/core/tasks";

/** Where a trained model comes from. */
export interface ModelOrigin {
  readonly run: Run;
  readonly experiment: Experiment;
  readonly trial: Trial;
  /** Absent where a program of the user's own prepared the inputs. */
  readonly input?: InputDescription;
  /** Of the program that writes the model. */
  readonly version: string;
}

/**
 * What an exported classifier says of itself, so that a stranger can use it: flat texts, lists as JSON. The keys are
 * documented in `docs/command-line.md` and stay as they are; what is unknown is left out.
 */
export function modelMetadata({ run, experiment, trial, input, version }: ModelOrigin): Readonly<Record<string, string>> {
  const { evaluator } = experiment;
  const { score } = taskKindOf(experiment.task);
  const trained = storedTraining(trial);
  const known: Readonly<Record<string, string | number | undefined>> = {
    task: experiment.task.kind,
    input: input
      ? "pixels scaled to [0, 1], channels first; the normalisation is inside"
      : "what the program gave the network that trained it, channels first",
    ...(input ? keysOfInput(input) : {}),
    output: "logits, one a class",
    [score.name]: trained?.score,
    [`test_${score.name}`]: trained?.testScore,
    macs: trial.macs,
    parameters: trial.parameters,
    architecture: trial.architecture,
    experiment: run.name,
    run: run.id,
    trial: trial.number,
    seed: run.seed,
    ...trained?.fidelity,
    trained_by: trained && trainedBy(experiment, trained),
    training_seed: trained?.seed,
    dataset_hash: evaluatorKindOf(evaluator).dataset?.(evaluator).contentHash,
    archwright_version: version,
  };
  return Object.fromEntries(Object.entries(known).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));
}

/** What is known of the inputs and outputs where the dataset was read here. */
export function keysOfInput(input: InputDescription): Readonly<Record<string, string | number | undefined>> {
  return {
    input_layout: input.layout,
    input_channels: input.channels,
    input_height: input.height,
    input_width: input.width,
    input_colour: input.colour ?? undefined,
    input_scale: input.scale,
    input_mean: JSON.stringify(input.mean),
    input_std: JSON.stringify(input.std),
    input_normalised: "inside",
    input_resize: input.resize,
    input_resized_from: input.resizedFrom && JSON.stringify([input.resizedFrom.height, input.resizedFrom.width]),
    input_resampling: input.resizedFrom && "bilinear, antialiased",
    input_background: input.background ?? undefined,
    classes: JSON.stringify(input.classes),
  };
}
