/** `archwright queue`: who is in a fleet, and what waits. */
import { redisOptions } from "../../fleet/options.ts";
import { command } from "../../shell/command.ts";

export const queueCommand = command({
  command: "queue <action>",
  describe: "Show the workers, runs and queues of a fleet",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["status"] as const, demandOption: true })
      .options({ ...redisOptions, redis: { ...redisOptions.redis, demandOption: true } }),
  handler: async (args) => (await import("../../fleet/status.ts")).showStatus(args),
});
