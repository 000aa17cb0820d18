/** Prints what the fleet costs, against references in the same run; see README.md. */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureThroughput } from "./throughput.ts";

const { values: flags } = parseArgs({
  options: {
    part: { type: "string", multiple: true, default: ["throughput"] },
    jobs: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    processes: { type: "string", default: "1" },
    concurrency: { type: "string", default: "16" },
    heard: { type: "boolean", default: false },
    commands: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});

const machine = () => `load average ${loadavg().map((load) => load.toFixed(1)).join(", ")} on ${availableParallelism()} cores`;
console.log(`Node ${process.version}, ${machine()}\n`);
const parts: Record<string, () => Promise<void>> = {
  throughput: () =>
    measureThroughput({
      jobs: Number(flags.jobs),
      rounds: Number(flags.rounds),
      processes: Number(flags.processes),
      concurrency: Number(flags.concurrency),
      heard: flags.heard,
      commands: flags.commands,
      ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    }),
};
for (const name of flags.part) {
  const part = parts[name];
  if (!part) throw new Error(`there is no part '${name}'; the parts are ${Object.keys(parts).join(", ")}`);
  await part();
  console.log(`(${machine()})\n`);
}
process.exit(0);
