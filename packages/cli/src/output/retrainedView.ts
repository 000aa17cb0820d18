/** Networks that were trained again, beside what they were before. */
import {
  asRetrained,
  atStage,
  type Experiment,
  type Fidelity,
  fidelityInWords,
  type Run,
  type Standing,
  type Store,
  sameFidelity,
  type Task,
  type Trial,
  taskKindOf,
} from "@archwright/core";
import { searchFront, shownStanding, shownTrials, trialJson } from "@archwright/core/query";
import type { RetrainProgress } from "@archwright/engine";
import { shortened } from "../front/shorten.ts";
import { asTyped } from "../shell/invocation.ts";
import { lineWidth, print, renderTable } from "./render.ts";
import { formatSeconds } from "./runsView.ts";

/** What was asked for, and what came of it. */
export interface Retrained {
  readonly run: Run;
  readonly store: Store;
  readonly fidelity: Fidelity;
  readonly seeds: number;
  /** As they are stored. */
  readonly trials: readonly Trial[];
}

/** `3 of 18 trained: trial 12: accuracy 91.20, test accuracy 90.80, 34s`. */
export function describeRetraining({ task }: Experiment, { trial, training, done, of }: RetrainProgress): string {
  const { score, testScore, failure, seconds } = training;
  const { name } = taskKindOf(task).score;
  const told = failure
    ? [`failed: ${failure.code}: ${failure.message.split("\n")[0]}`]
    : [`${name} ${score?.toFixed(2)}`, ...(testScore === undefined ? [] : [`test ${name} ${testScore.toFixed(2)}`])];
  return `${done} of ${of} trained: trial ${trial}: ${[...told, formatSeconds(seconds)].join(", ")}`;
}

/** Prints a table of means before and after, and what follows. */
export function showRetrained(retrained: Retrained): void {
  const { run, trials, fidelity } = retrained;
  const { experiment } = run;
  const { title } = taskKindOf(experiment.task).score;
  const head = ["\n\ntrial", ...["before", "retrained"].flatMap((when) => ["validation", "test"].map((of) => `${title}\n${when}\n${of}`))];
  const rows = trials.map((trial) => {
    const before = atStage(experiment, trial);
    const after = asRetrained(experiment, trial, fidelity)?.standing;
    return [String(trial.number), ...meansOf(before, shownStanding(before)), ...meansOf(after ?? {}, after), String(after?.seeds ?? 0)];
  });
  const texts = shortened(
    trials.map(({ architecture }) => architecture),
    lineWidth() - 90,
  );
  const table = renderTable(
    [...head, "\n\nseeds", "\n\narchitecture"],
    rows.map((row, i) => [...row, texts[i] as string]),
    (column) => column <= head.length,
  );
  print([table, "± is the standard deviation over seeds", "", ...nextSteps(retrained)].join("\n"));
}

/** A validation and a test score, with their deviations where there are several seeds. */
function meansOf(scores: Pick<Trial, "score" | "testScore">, standing: Standing | undefined): readonly string[] {
  const text = (mean: number | undefined, deviation: number | undefined) =>
    mean === undefined ? "–" : `${mean.toFixed(2)}${deviation === undefined ? "" : ` ± ${deviation.toFixed(2)}`}`;
  return [text(scores.score, standing?.scoreDeviation), text(scores.testScore, standing?.testScoreDeviation)];
}

function nextSteps({ run, store, trials, fidelity }: Retrained): readonly string[] {
  const { id, experiment } = run;
  const words = fidelityInWords(fidelity);
  const made = makesFront({ run, store, fidelity });
  const missing = searchFront(experiment, store.trials(id)).length;
  return [
    made
      ? `the front of ${id} is now made of the trials that were retrained for ${words}`
      : `the front of ${id} stays as it is until all of its ${missing} members were retrained for ${words}; these numbers are shown beside it`,
    asTyped(`next: archwright pareto ${id}`),
    asTyped(
      `      archwright export ${id} ${trials[0]?.number} --format onnx --output model.onnx   (the retrained network of best validation)`,
    ),
  ];
}

/** Whether these retrainings are what is compared now. */
function makesFront({ run, store, fidelity }: Pick<Retrained, "run" | "store" | "fidelity">): boolean {
  const [first] = shownTrials(run.experiment, store.trials(run.id));
  const standing = first && shownStanding(first);
  return standing !== undefined && standing.stage === undefined && sameFidelity(standing.fidelity, fidelity);
}

/** `{ run, fidelity, seeds, makes_front, trials }`; each trial as it was before, with the means of its retrainings. */
export function retrainedJson({ run, store, fidelity, seeds, trials }: Retrained) {
  const { experiment } = run;
  return {
    run: run.id,
    fidelity,
    seeds,
    makes_front: makesFront({ run, store, fidelity }),
    trials: trials.map((trial) => {
      const after = asRetrained(experiment, trial, fidelity)?.standing;
      return {
        ...trialJson(experiment, atStage(experiment, trial)),
        retrained: after === undefined ? null : meansJson(after, experiment.task),
      };
    }),
  };
}

function meansJson({ seeds, score, scoreDeviation, testScore, testScoreDeviation }: Standing, task: Task) {
  const { name } = taskKindOf(task).score;
  return {
    seeds,
    [name]: score,
    [`${name}_sd`]: scoreDeviation ?? null,
    [`test_${name}`]: testScore ?? null,
    [`test_${name}_sd`]: testScoreDeviation ?? null,
  };
}
