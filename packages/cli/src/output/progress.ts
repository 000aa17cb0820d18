/** Shows a search while it goes on: a bar on a terminal, else a line now and then. */
import { type Experiment, formatObjective, formatQuantity, type Gate, metricNames, shownValue, type Trial } from "@archwright/core";
import { stageInProgress, type Words, wordsFor } from "@archwright/core/query";
import type { SearchProgress, StageCount } from "@archwright/engine";
import { SingleBar } from "cli-progress";

/** Shows a search as it goes, on stderr. */
export interface ProgressReport {
  trial(progress: SearchProgress): void;
  /** Trainings of a stage after the first. */
  stage(progress: StageCount): void;
  /** Tests and measurements of the final report. */
  report(done: number, of: number): void;
  /** Something else that the user should know at once. */
  note(text: string): void;
  stop(): void;
}

/** Without a terminal, at most one line in this time. */
const LINE_EVERY_MS = 10_000;
/** On a terminal, the bar changes at most once in this time: a search over tables makes thousands of trials a second. */
const BAR_EVERY_MS = 100;

/** From fewer trials than these nothing is said of the time left. */
const FEW = 4;

/** A bar with time left on a terminal; else a line now and then. */
export function createProgress(experiment: Experiment, stream: NodeJS.WriteStream = process.stderr): ProgressReport {
  const total = experiment.search.evaluations;
  const words = wordsFor(experiment);
  const stopped: Partial<Record<Gate, number>> = {};
  const status = ({ front }: SearchProgress) =>
    [bestSoFar(experiment, front()), describeStopped(stopped, words)].filter((part) => part !== "").join(" | ");
  const inStage = (progress: StageCount) =>
    `${stageInProgress(experiment, progress)}${progress.failed === 0 ? "" : `, ${progress.failed} of them failed`}`;
  const options = { total, stream, status, inStage, words };
  const report = stream.isTTY ? createBar(options) : createLines(options);
  return {
    ...report,
    trial: (progress) => {
      const { trial } = progress;
      if (trial.status !== "feasible") stopped[trial.gate] = (stopped[trial.gate] ?? 0) + 1;
      report.trial(progress);
    },
  };
}

function bestSoFar(experiment: Experiment, front: readonly Trial[]): string {
  if (front.length === 0) return "nothing feasible yet";
  return experiment.objectives
    .map((objective, i) => {
      const best = Math.min(...front.map((trial) => trial.objectives?.[i] ?? Number.POSITIVE_INFINITY));
      return `${formatObjective(objective, experiment.task)} ${objective.metric === "own" ? Number(shownValue(objective, best).toPrecision(4)) : written(best, metricNames[objective.metric].dimension)}`;
    })
    .join(", ");
}

function written(value: number, dimension: (typeof metricNames)[keyof typeof metricNames]["dimension"]): string {
  return dimension === "percent" ? `${Number(value.toPrecision(4))} %` : formatQuantity(value, dimension);
}

function describeStopped(stopped: Partial<Record<Gate, number>>, words: Words): string {
  const entries = Object.entries(stopped);
  return entries.length === 0 ? "" : `stopped ${entries.map(([gate, count]) => `${words.gate(gate as Gate)} ${count}`).join(", ")}`;
}

interface ReportOptions {
  /** Evaluations that are asked for. */
  readonly total: number;
  readonly stream: NodeJS.WriteStream;
  readonly status: (progress: SearchProgress) => string;
  readonly inStage: (progress: StageCount) => string;
  readonly words: Words;
}

function createBar({ total, stream, status, inStage, words }: ReportOptions): ProgressReport {
  const format = `{bar} {value}/{total} ${words.evaluated}, {eta_formatted} left | each at its best: {status}`;
  const bar = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: false, etaBuffer: 20, barsize: 20 });
  bar.start(total, 0, { status: "" });
  let drawnAt = Number.NEGATIVE_INFINITY;
  let undrawn: SearchProgress | undefined;
  const draw = () => {
    if (undrawn) bar.update(undrawn.evaluations, { status: status(undrawn) });
    undrawn = undefined;
    drawnAt = performance.now();
  };
  const stop = () => {
    draw();
    bar.stop();
  };
  return {
    trial: (progress) => {
      undrawn = progress;
      if (performance.now() - drawnAt >= BAR_EVERY_MS) draw();
    },
    stage: (progress) => {
      stop();
      stream.write(`${inStage(progress)}${progress.trained === progress.trainings ? "\n" : "\r"}`);
    },
    report: (done, of) => {
      stop();
      if (words.reported !== "") stream.write(`final report: ${done} of ${of} ${words.reported}${done === of ? "\n" : "\r"}`);
    },
    // Over the bar, which draws itself again below.
    note: (text) => void stream.write(`\r\x1b[K${text}\n`),
    stop,
  };
}

function createLines({ total, stream, status, inStage, words }: ReportOptions): ProgressReport {
  const startedAt = performance.now();
  let last = startedAt;
  let fresh = 0;
  const line = (progress: SearchProgress, text: string, now: number) => {
    const each = (now - startedAt) / 1000 / fresh;
    const left = fresh < FEW ? "" : `, ${Math.ceil(each * (total - progress.evaluations))} s left`;
    stream.write(`${progress.evaluations}/${total} ${words.evaluated}${left} | each at its best: ${text}\n`);
  };
  return {
    trial: (progress) => {
      if (!progress.replayed && progress.trial.gate === "trained") fresh++;
      const now = performance.now();
      if (now - last < LINE_EVERY_MS && progress.evaluations < total) return;
      if (progress.trial.gate !== "trained") return;
      last = now;
      line(progress, status(progress), now);
    },
    stage: (progress) => {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS && progress.trained > 0 && progress.trained < progress.trainings) return;
      last = now;
      stream.write(`${inStage(progress)}\n`);
    },
    report: (done, of) => {
      if (done === of && words.reported !== "") stream.write(`final report: ${of} ${words.reported}\n`);
    },
    note: (text) => void stream.write(`${text}\n`),
    stop: () => undefined,
  };
}
