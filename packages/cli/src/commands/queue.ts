import type { CommandModule } from "yargs";
import { type RedisArgs, redisOptions } from "../fleet/options.ts";

interface QueueArgs extends RedisArgs {
  readonly action: "status";
  readonly json: boolean;
}

export const queueCommand: CommandModule<object, QueueArgs> = {
  command: "queue <action>",
  describe: "Who is in a fleet, what they are at, and what waits",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["status"], demandOption: true })
      .options({ ...redisOptions, redis: { ...redisOptions.redis, demandOption: true } }) as never,
  handler: async (args) => (await import("../fleet/status.ts")).showStatus(args),
};
