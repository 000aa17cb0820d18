import type { CommandModule } from "yargs";
import { refuseUnknownPart } from "../usage.ts";
import { benchLatencyCommand } from "./benchLatency.ts";
import { benchSearchCommand } from "./benchSearch.ts";

export const benchCommand: CommandModule = {
  command: "bench <subject>",
  describe: "Judge a search algorithm or a latency model on a table of known architectures",
  builder: (yargs) => yargs.command(benchSearchCommand).command(benchLatencyCommand).demandCommand(1) as never,
  handler: refuseUnknownPart,
};
