import { createSpace, type DeviceRuntime, type Experiment, type Job, type Json, localDevice, type Outcome } from "@archwright/core";
import { createLocalRuntime } from "@archwright/runtimes";
import type { Handler } from "../executor/index.ts";
import { createTrainingEvaluator } from "./trainingEvaluator.ts";

/**
 * The worker program's own part: makes of an experiment what carries its jobs out. The same behind every executor,
 * which turns what a candidate throws into a coded failure.
 * @throws Error where the experiment is of a version that this program does not know.
 * @throws InputError where its dataset cannot be read.
 */
export async function createHandler(json: Json): Promise<Handler> {
  const experiment = json as unknown as Experiment;
  if (experiment.version !== 1) throw new Error(`experiments of version ${experiment.version} are not understood here, only version 1`);
  const { task, evaluator: spec } = experiment;
  const space = createSpace(experiment.space, task);
  // An experiment over tables only measures here; its accuracies are looked up where it is run.
  const evaluator = spec.kind === "train" ? await createTrainingEvaluator({ space, task, spec }) : undefined;
  const trainer = () => {
    if (evaluator) return evaluator;
    throw new Error("an experiment over tables trains nothing");
  };
  let local: DeviceRuntime | undefined;

  const carryOut = async (job: Job, seconds: () => number): Promise<Outcome> => {
    switch (job.kind) {
      case "evaluate": {
        const result = await trainer().evaluate(job.architecture, job.fidelity, job.seed);
        return { kind: "evaluated", ...result, seconds: seconds() };
      }
      case "test":
        return { kind: "tested", accuracy: await trainer().test(job.architecture, job.weights) };
      case "measure": {
        if (job.device !== localDevice.name) throw new Error(`this worker cannot measure '${job.device}'`);
        local ??= createLocalRuntime({});
        const measurement = await local.measure(space.network(space.parse(job.architecture), task), job.weights);
        return { kind: "measured", measurement, seconds: seconds() };
      }
    }
  };

  return {
    run: (job) => {
      const startedAt = performance.now();
      return carryOut(job, () => (performance.now() - startedAt) / 1000);
    },
  };
}
