/** The run loop over a space of 9²² architectures, whose values are computed instead of looked up. */
import { join } from "node:path";
import type { Experiment, Trial } from "@archwright/core";
import { fbnet } from "@archwright/core/spaces";
import { openStore, type Problem } from "@archwright/engine";
import { search } from "../../packages/engine/dist/run/loop/search.js";
import { madeUpValues, tableExperiment } from "./madeUpExperiment.ts";
import { memoryMib } from "./memory.ts";
import { startWatch } from "./stopwatch.ts";

/** The run loop itself over a space of 9²² architectures, whose values are computed instead of looked up. Prints speed and memory at each power of ten. */
export async function measureLargeSpace(folder: string, candidates: number): Promise<void> {
  const space = fbnet();
  const values = (architecture: string) => madeUpValues(space.parse(architecture), architecture.length);
  console.log("fbnet, nsga2     trials   front   heap MiB   RSS MiB   trials/s since the last line: wall   CPU time");
  const experiment: Experiment = await tableExperiment("not read", "nsga2", candidates, 0);
  const problem: Problem = {
    experiment,
    space,
    devices: experiment.devices.map((device) => ({
      device,
      steers: true,
      source: {
        needsNetwork: false,
        estimate: (text: string) => ({ latencyMs: { value: values(text).latencyMs, low95: null, high95: null, source: "table" } }),
      },
    })),
    scores: { get: (text: string) => values(text).accuracy } as Problem["scores"] & object,
    needsNetwork: false,
    measures: false,
    warnings: [],
  };
  const store = openStore(join(folder, "large-space.db"));
  const run = store.createRun({ name: "large-space", experiment, experimentHash: "", seed: 0 });
  const executor = {
    slots: 1,
    run: () => Promise.reject(new Error("nothing to execute")),
    close: async () => undefined,
  };
  let stop = startWatch();
  let last = 0;
  let next = 1000;
  const show = (done: number, front: readonly Trial[]) => {
    const { wall, cpu } = stop();
    const { heap, rss } = memoryMib();
    const rate = (seconds: number) => ((done - last) / seconds).toFixed(0).padStart(10);
    console.log(
      `${String(done).padStart(23)}${String(front.length).padStart(8)}${heap.toFixed(1).padStart(11)}${rss.toFixed(0).padStart(10)}                       ${rate(wall)} ${rate(cpu)}`,
    );
    [last, next, stop] = [done, next * 10, startWatch()];
  };
  await search({
    problem,
    run,
    store,
    executor,
    onTrial: ({ candidates: done, front }) => {
      if (done === next) show(done, front());
    },
  });
  store.close();
}
