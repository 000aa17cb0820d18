/** Trainings that are made once: kept in a file, a line each, and done by as many processes as there are cores. */
import { type ChildProcess, fork } from "node:child_process";
import { appendFileSync } from "node:fs";
import { readLines } from "./lines.ts";

/** One training, from scratch. */
export interface Training {
  readonly architecture: string;
  readonly rate: number;
  readonly steps: number;
  readonly seed: number;
}

/** What it gave: accuracies in percent, and the processor time of all of it. */
export interface Trained extends Training {
  readonly validation: number;
  readonly test: number;
  readonly cpuSeconds: number;
}

export interface Trainings {
  /** Those that are kept, in the order given. Makes what is missing, the first of them first. */
  of(wanted: readonly Training[]): Promise<readonly Trained[]>;
  /** What is kept already, of any of them. */
  known(wanted: readonly Training[]): readonly Trained[];
}

const keyOf = ({ architecture, rate, steps, seed }: Training) => JSON.stringify([architecture, rate, steps, seed]);

/** @param file JSON lines; a last line that was cut short, as by a kill, is made anew. */
export function openTrainings(file: string, data: string, workers: number): Trainings {
  const kept = new Map(readLines<Trained>(file).map((trained) => [keyOf(trained), trained]));
  const known = (wanted: readonly Training[]) => wanted.flatMap((training) => kept.get(keyOf(training)) ?? []);
  return {
    known,
    of: async (wanted) => {
      const missing = [...new Map(wanted.map((training) => [keyOf(training), training])).values()].filter((one) => !kept.has(keyOf(one)));
      let done = 0;
      await inProcesses(missing, data, workers, (trained) => {
        kept.set(keyOf(trained), trained);
        appendFileSync(file, `${JSON.stringify(trained)}\n`);
        done++;
        console.error(`${done} of ${missing.length}: ${trained.test.toFixed(2)} % ${trained.architecture}, ${trained.steps} steps`);
      });
      return known(wanted);
    },
  };
}

/** Gives the work out to processes, one training to each at a time. @throws Error where one of them ends before its work does. */
async function inProcesses(work: readonly Training[], data: string, workers: number, take: (trained: Trained) => void): Promise<void> {
  const waiting = [...work];
  const children = new Set<ChildProcess>();
  const serve = () =>
    new Promise<void>((resolve, reject) => {
      if (waiting.length === 0) return resolve();
      const child = fork(new URL("worker.ts", import.meta.url), [data], { execArgv: process.execArgv });
      children.add(child);
      const next = () => {
        const training = waiting.shift();
        if (training) child.send(training);
        else child.disconnect();
      };
      child.on("message", (trained: Trained) => {
        take(trained);
        next();
      });
      child.on("error", reject);
      child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a training process ended with exit code ${code}`))));
      next();
    });
  try {
    await Promise.all(Array.from({ length: Math.min(workers, work.length) }, serve));
  } finally {
    for (const child of children) child.kill();
  }
}
