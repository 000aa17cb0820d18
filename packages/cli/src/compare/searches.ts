/** Which searches a comparison is made of, and how they are run on several threads. */
import { Worker } from "node:worker_threads";
import { type SearcherSettings, type SearchTrace, searchTable } from "@archwright/core";
import { type CompareSetup, openTasks } from "./setup.ts";

/** One search by an algorithm of ours. */
export interface SearchJob {
  /** Position of the task. */
  readonly task: number;
  readonly algorithm: string;
  readonly settings: SearcherSettings;
  readonly copy: number;
  readonly repeat: number;
}

/** What all searches of a comparison share. */
export interface SearchPlan {
  readonly setup: CompareSetup;
  readonly evaluations: number;
  readonly initial: number;
  readonly seed: number;
}

/** Messages are chunks of jobs; the answers are their traces, in the same order. */
export interface WorkerRequest {
  readonly id: number;
  readonly jobs: readonly SearchJob[];
}
export type WorkerAnswer = { readonly id: number; readonly traces: readonly SearchTrace[] };

/** Does jobs, with the tasks made once. */
export function createRunner({ setup, evaluations, initial, seed }: SearchPlan): (job: SearchJob) => SearchTrace {
  const open = openTasks(setup);
  return ({ task, ...job }) => searchTable(open(task), { ...job, evaluations, initial, seed }, () => performance.now() / 1000);
}

/** Jobs of one message; so many that messages cost little, so few that threads end together. */
const chunkSize = 8;

/**
 * Runs searches on threads and gives their traces in the order of the jobs, whatever the number of threads. From TypeScript sources, as
 * in tests, there is but this thread.
 */
export async function runSearches(
  plan: SearchPlan,
  jobs: readonly SearchJob[],
  threads: number,
  onProgress: (done: number) => void,
): Promise<readonly SearchTrace[]> {
  const count = Math.min(threads, Math.ceil(jobs.length / chunkSize));
  if (count <= 1 || import.meta.url.endsWith(".ts")) {
    const run = createRunner(plan);
    return jobs.map((job, i) => {
      const trace = run(job);
      onProgress(i + 1);
      return trace;
    });
  }
  const traces: (SearchTrace | undefined)[] = jobs.map(() => undefined);
  let next = 0;
  let done = 0;
  await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL("./searchWorker.js", import.meta.url), { workerData: plan });
          const give = () => {
            if (next >= jobs.length) {
              void worker.terminate();
              return resolve();
            }
            const id = next;
            next += chunkSize;
            worker.postMessage({ id, jobs: jobs.slice(id, id + chunkSize) } satisfies WorkerRequest);
          };
          worker.on("message", ({ id, traces: answer }: WorkerAnswer) => {
            answer.forEach((trace, i) => {
              traces[id + i] = trace;
            });
            done += answer.length;
            onProgress(done);
            give();
          });
          worker.on("error", reject);
          give();
        }),
    ),
  );
  return traces.map((trace, i) => {
    if (!trace) throw new Error(`search ${i} gave nothing`);
    return trace;
  });
}
