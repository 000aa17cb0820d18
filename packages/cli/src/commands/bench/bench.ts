import type { CommandModule } from "yargs";
import { withExamples } from "../../shell/examples.ts";
import { refuseUnknownPart } from "../../shell/usage.ts";
import { benchLatencyCommand } from "./benchLatency.ts";
import { benchSearchCommand } from "./benchSearch.ts";

export const benchCommand: CommandModule = {
  command: "bench <subject>",
  describe: "Judge a search algorithm or a latency model on a table of known architectures",
  builder: (yargs) =>
    yargs
      .command(withExamples("bench search", benchSearchCommand as never))
      .command(withExamples("bench latency", benchLatencyCommand as never))
      .demandCommand(1) as never,
  handler: refuseUnknownPart,
};
