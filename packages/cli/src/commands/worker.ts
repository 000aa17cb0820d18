/** `archwright worker`: does jobs of searches that share a Redis. */
import { join } from "node:path";
import { localDevice } from "@archwright/core";
import { redisOptions } from "../fleet/options.ts";
import { command } from "../shell/command.ts";

export const workerCommand = command({
  command: "worker",
  describe: "Do jobs of searches that share a Redis, until it is told to end",
  builder: (yargs, { kept }) =>
    yargs
      .options({ ...redisOptions, redis: { ...redisOptions.redis, demandOption: true } })
      .option("concurrency", { type: "number", describe: "Jobs at once (default: one per core)" })
      .option("devices", {
        type: "string",
        default: localDevice.name,
        describe: `Devices that it measures: '${localDevice.name}' on one machine of the fleet, 'none' on the others`,
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
        default: join(kept, "worker"),
        defaultDescription: ".archwright/worker",
        describe: "Folder for datasets, and for results until they are taken",
      }),
  handler: async (args) => (await import("../fleet/worker.ts")).work(args),
});
