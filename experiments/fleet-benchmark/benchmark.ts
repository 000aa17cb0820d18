/** Prints what the fleet costs, against references in the same run; see README.md. */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureRecovery } from "./recovery.ts";
import { measureThroughput } from "./throughput.ts";
import { measureMany, measureScaling } from "./workers.ts";

const { values: flags } = parseArgs({
  options: {
    part: { type: "string", multiple: true, default: ["throughput", "recovery", "scaling", "many"] },
    jobs: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    processes: { type: "string", default: "1" },
    concurrency: { type: "string", default: "16" },
    kills: { type: "string", default: "5" },
    workers: { type: "string", multiple: true },
    each: { type: "string", default: "12" },
    sleep: { type: "string" },
    heard: { type: "boolean", default: false },
    commands: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});

const machine = () =>
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(", ")} on ${availableParallelism()} cores`;
console.log(`Node ${process.version}, ${machine()}\n`);
const counts = (usual: readonly number[]) => flags.workers?.map(Number) ?? usual;
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
  recovery: () => measureRecovery(Number(flags.kills)),
  scaling: () => measureScaling(counts([1, 2, 4, 8, 32]), Number(flags.each), Number(flags.sleep ?? 1000)),
  many: () => measureMany(counts([10, 100, 300, 1000]), 4, Number(flags.sleep ?? 10_000)),
};
for (const name of flags.part) {
  const part = parts[name];
  if (!part) throw new Error(`there is no part '${name}'; the parts are ${Object.keys(parts).join(", ")}`);
  await part();
  console.log(`(${machine()})\n`);
}
process.exit(0);
