import { join } from "node:path";
import { runtimeDevices } from "@archwright/core";
import type { CommandModule } from "yargs";
import { redisOptions } from "../fleet/options.ts";
import type { WorkerArgs } from "../fleet/worker.ts";
import { folders } from "../input/files.ts";

export const workerCommand: CommandModule<object, WorkerArgs> = {
  command: "worker",
  describe: "Do jobs of searches that share a Redis, until it is told to end",
  builder: (yargs) =>
    yargs
      .options({ ...redisOptions, redis: { ...redisOptions.redis, demandOption: true } })
      .option("concurrency", { type: "number", describe: "Jobs at once (default: one per core)" })
      .option("devices", {
        type: "string",
        default: runtimeDevices.join(","),
        describe: `Devices that it measures: '${runtimeDevices.join(",")}' on one machine of the fleet, 'none' on the others`,
      })
      .option("train-while-measuring", {
        type: "boolean",
        default: false,
        describe: "Go on with other jobs while it measures: latencies come out longer",
      })
      .option("name", { type: "string", describe: "What people see of it (default: the machine's name)" })
      .option("drain", { type: "string", default: "60s", describe: "How long jobs in hand may still run once it is told to end" })
      .option("health", { type: "string", describe: "Port, or ADDRESS:PORT, for /healthz and /metrics" })
      .option("data", { type: "string", describe: "Folder or web address to find datasets in, by content; may be given several times" })
      .option("cache", {
        type: "string",
        default: join(folders.project, "worker"),
        defaultDescription: ".archwright/worker",
        describe: "Folder for datasets, and for results until they are taken",
      }) as never,
  handler: async (args) => (await import("../fleet/worker.ts")).work(args),
};
