/** `archwright worker`: does jobs of searches that share a Redis. */
import { join } from "node:path";
import { runtimeDevices } from "@archwright/core";
import { redisOptions } from "../../fleet/options.ts";
import { command } from "../../shell/command.ts";

export const workerCommand = command({
  command: "worker",
  describe: "Train and measure for searches that share a Redis, until stopped",
  builder: (yargs, { kept }) =>
    yargs
      .options({ ...redisOptions, redis: { ...redisOptions.redis, demandOption: true } })
      .option("concurrency", { type: "number", describe: "How many jobs run at once (default: one per core)" })
      .option("devices", {
        type: "string",
        default: runtimeDevices.join(","),
        describe: `Devices to measure: '${runtimeDevices.join(",")}' on one machine of the fleet, 'none' on the others`,
      })
      .option("evaluator", {
        type: "string",
        describe: "NAME=COMMAND: a training program of this machine, for experiments that name it; may be given several times",
      })
      .option("plugin", {
        type: "string",
        describe: "A plugin of this machine, for experiments that name it: a path or the name of a package; may be given several times",
      })
      .option("gpus", {
        type: "number",
        describe: "GPUs for these programs, one for each evaluation (default: CUDA_VISIBLE_DEVICES, or what nvidia-smi lists)",
      })
      .option("train-while-measuring", {
        type: "boolean",
        default: false,
        describe: "Keep training while measuring: measured latencies get longer",
      })
      .option("name", { type: "string", describe: "Name of the worker in lists and logs (default: the machine's name)" })
      .option("drain", {
        type: "string",
        default: "60s",
        describe: "How long running jobs may take to finish after the worker is told to stop",
      })
      .option("health", { type: "string", describe: "Serve /healthz and /metrics on this PORT or ADDRESS:PORT" })
      .option("data", { type: "string", describe: "Folder or URL to look for datasets in, by content; may be given several times" })
      .option("cache", {
        type: "string",
        default: join(kept, "worker"),
        defaultDescription: ".archwright/worker",
        describe: "Folder for datasets and for results that are not delivered yet",
      }),
  handler: async (args) => (await import("../../fleet/worker.ts")).work(args),
});
