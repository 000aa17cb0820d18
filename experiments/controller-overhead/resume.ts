/** How long a resumed run takes until it is where it was interrupted. */
import { join } from "node:path";
import { createProblem, openStore, runExperiment } from "@archwright/engine";
import { tableExperiment } from "./madeUpExperiment.ts";
import { startWatch } from "./stopwatch.ts";

const createExecutor = () => {
  throw new Error("looking into a table needs no executor");
};

/** Interrupts a run after `stored` evaluations, resumes it, and prints how long it takes to be where it was. */
export async function measureResume(folder: string, table: string, stored: number): Promise<void> {
  for (const algorithm of ["random", "nsga2"]) {
    const experiment = await tableExperiment(table, algorithm, stored + 100, 0);
    const store = openStore(join(folder, `resume-${algorithm}.db`));
    const interruption = new AbortController();
    const first = runExperiment({
      problem: createProblem(experiment),
      store,
      createExecutor,
      signal: interruption.signal,
      onTrial: ({ evaluations }) => {
        if (evaluations === stored) interruption.abort(new Error("interrupted"));
      },
    });
    await first.catch(() => undefined);

    const stop = startWatch();
    let replayed = 0;
    let caughtUp: ReturnType<typeof stop> | undefined;
    const { summary } = await runExperiment({
      problem: createProblem(experiment),
      store,
      createExecutor,
      resume: {},
      onTrial: (progress) => {
        if (progress.replayed) replayed++;
        else caughtUp ??= stop();
      },
    });
    store.close();
    const { wall = 0, cpu = 0 } = caughtUp ?? {};
    console.log(
      `resume, ${algorithm}: ${replayed} stored trials taken in again in ${wall.toFixed(2)} s (CPU time ${cpu.toFixed(2)} s), then ${summary.candidates - replayed} new ones`,
    );
  }
}
