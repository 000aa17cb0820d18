/** `archwright bench`: judges a search algorithm, a latency model or a score model on a table of known architectures. */
import { family } from "../../shell/command.ts";
import { benchCompareCommand } from "./benchCompare.ts";
import { benchLatencyCommand } from "./benchLatency.ts";
import { benchScoreCommand } from "./benchScore.ts";
import { benchSearchCommand } from "./benchSearch.ts";

export const benchCommand = family({
  command: "bench <subject>",
  describe: "Benchmark a search algorithm, a latency model or a score model on a table of known architectures",
  commands: [benchSearchCommand, benchCompareCommand, benchLatencyCommand, benchScoreCommand],
});
