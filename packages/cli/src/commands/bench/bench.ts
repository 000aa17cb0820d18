/** `archwright bench`: judges a search algorithm or a latency model on a table of known architectures. */
import { family } from "../../shell/command.ts";
import { benchCompareCommand } from "./benchCompare.ts";
import { benchLatencyCommand } from "./benchLatency.ts";
import { benchSearchCommand } from "./benchSearch.ts";

export const benchCommand = family({
  command: "bench <subject>",
  describe: "Benchmark a search algorithm or a latency model on a table of known architectures",
  commands: [benchSearchCommand, benchCompareCommand, benchLatencyCommand],
});
