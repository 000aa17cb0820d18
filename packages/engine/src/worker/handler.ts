/** The worker program's own part: how it carries out the jobs of an experiment. */
import { createSpace, type DeviceRuntime, type Job, type Json, measuredBy, type Outcome, upgradeExperiment } from "@archwright/core";
import { openEvaluator, openRuntime } from "@archwright/runtimes";
import type { Handler } from "../executor/index.ts";
import { loadPluginsOf } from "../plugins/index.ts";

/**
 * Makes of an experiment what carries its jobs out. The same behind every executor, which turns what a candidate throws
 * into a coded failure.
 * @param workFolder where an evaluation that was interrupted is found again; nothing is kept where absent.
 * @throws Error where the experiment is of a version that this program does not know.
 * @throws InputError where its dataset cannot be read, or a plugin cannot be loaded.
 */
export async function createHandler(json: Json, workFolder?: string): Promise<Handler> {
  const experiment = upgradeExperiment(json);
  await loadPluginsOf(experiment);
  const { task, space: spec, evaluator: evaluatorSpec, devices, limits } = experiment;
  const space = createSpace(spec, task);
  const evaluator = await openEvaluator({ space, task, spec: evaluatorSpec, limits, workFolder });
  const trainer = () => {
    if (evaluator) return evaluator;
    throw new Error(`nothing is evaluated on a worker where the evaluator is '${evaluatorSpec.kind}'`);
  };
  const opened = new Map<string, DeviceRuntime>();
  const runtimeOf = (name: string): DeviceRuntime => {
    const device = devices.find((device) => device.name === name);
    const runtime = device && measuredBy(device);
    if (runtime === undefined) throw new Error(`this worker cannot measure '${name}'`);
    const known = opened.get(name) ?? openRuntime(runtime, { device: name });
    opened.set(name, known);
    return known;
  };

  const carryOut = async (job: Job, seconds: () => number): Promise<Outcome> => {
    switch (job.kind) {
      case "evaluate": {
        const evaluator = trainer();
        const result = await evaluator.evaluate(job.architecture, job.fidelity, job.seed, job);
        const tested = job.test && result.weights && evaluator.test ? await evaluator.test(job.architecture, result.weights) : undefined;
        return { kind: "evaluated", ...result, ...(tested === undefined ? {} : { testScore: tested }), seconds: seconds() };
      }
      case "test": {
        const evaluator = trainer();
        if (!evaluator.test) throw new Error(`an evaluator of kind '${evaluatorSpec.kind}' tests nothing`);
        return { kind: "tested", score: await evaluator.test(job.architecture, job.weights) };
      }
      case "measure": {
        const network = space.network(space.parse(job.architecture), task);
        return { kind: "measured", measurement: await runtimeOf(job.device).measure(network, job.weights), seconds: seconds() };
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
