/**
 * A search of the chaos tests, on this machine alone or on a fleet. Argument, as JSON: `seed`, `store`, `mode`, and where it
 * runs on a fleet `redis` and `prefix`. It goes on with what stands in the store. Prints its trials and what happens as JSON lines.
 */
import { readFileSync } from "node:fs";
import { type Experiment, type Json, parseDeviceProfile, parseExperiment, stableHash } from "@archwright/core";
import { createProblem, createProcessExecutor, openStore, type RedisAddress, runExperiment } from "@archwright/engine";
import { createFleetExecutor, fleetRunKey } from "@archwright/engine/fleet";

interface Options {
  readonly seed: number;
  readonly store: string;
  readonly mode?: "generational" | "steady";
  readonly redis?: RedisAddress;
  readonly prefix?: string;
}

const { seed, store: file, mode = "generational", redis, prefix } = JSON.parse(process.argv[2] ?? "{}") as Options;
// Nobody is left to end it when the test was killed.
process.on("disconnect", () => process.exit());
const profile = new URL("../../../configs/devices/stm32f746.yaml", import.meta.url);
const text = `
name: chaos
seed: ${seed}
dataset: digits
space: mobile
devices: [{ name: stm32f746, budgets: { peak_memory: 24KiB } }, local]
objectives: [error, latency@stm32f746]
search: { algorithm: nsga2, population: 20, evaluations: 200, mode: ${mode} }
limits: { trial_time: 8s, trial_memory: 160MiB }
`;

const say = (line: object) => console.log(JSON.stringify(line));
const experiment: Experiment = await parseExperiment(text, "chaos.yaml", {
  path: (written) => written,
  deviceNames: ["stm32f746"],
  device: () => parseDeviceProfile(readFileSync(profile, "utf8"), profile.pathname),
  readSpace: () => {
    throw new Error("not used here");
  },
  tableHash: () => {
    throw new Error("not used here");
  },
  readDataset: async (spec) => ({
    spec,
    task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
    contentHash: stableHash("digits"),
  }),
});
const { trialTimeMs, trialMemoryBytes } = experiment.limits;
const store = openStore(file);
const { summary } = await runExperiment({
  problem: createProblem(experiment),
  store,
  resume: {},
  createExecutor: (onEvent, run) => {
    const asJson = experiment as unknown as Json;
    if (!redis) {
      return createProcessExecutor({
        experiment: asJson,
        workers: 2,
        workerModule: new URL("handler.mjs", import.meta.url),
        timeLimitMs: trialTimeMs,
        memoryLimitBytes: trialMemoryBytes,
      });
    }
    return createFleetExecutor({
      connection: redis,
      ...(prefix === undefined ? {} : { prefix }),
      experiment: asJson,
      runKey: fleetRunKey(run),
      onEvent: (event) => {
        onEvent(event);
        say(event);
      },
    });
  },
  onTrial: ({ trial: { number, gate } }) => say({ kind: "trial", id: `${seed}-${number}`, gate }),
});
store.close();
say({ kind: "over", summary });
process.disconnect?.();
