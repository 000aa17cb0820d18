/** Prints what the fleet costs, against references in the same run; see README.md. */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureRecovery } from "./recovery.ts";
import { measureThroughput } from "./throughput.ts";
import { measureMany, measureScaling, measureSimulated } from "./workers.ts";

const { values: flags } = parseArgs({
  options: {
    part: { type: "string", multiple: true, default: ["throughput", "recovery", "scaling", "many", "simulated"] },
    jobs: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    processes: { type: "string", default: "1" },
    concurrency: { type: "string", default: "16" },
    kills: { type: "string", default: "5" },
    workers: { type: "string", multiple: true },
    each: { type: "string", default: "12" },
    sleep: { type: "string" },
    heard: { type: "boolean", default: false },
    light: { type: "boolean", default: false },
    share: { type: "string" },
    window: { type: "string", default: "30000" },
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
/** As many workers as the roadmap has in mind, with ever shorter jobs; then more workers. */
function loads() {
  const sleeps = flags.sleep === undefined ? [30_000, 10_000, 3_000, 1_000, 500, 200, 100] : [Number(flags.sleep)];
  const share = flags.share === undefined ? {} : { controllerShare: Number(flags.share) };
  if (flags.workers) return counts([]).flatMap((workers) => sleeps.map((sleepMs) => ({ workers, sleepMs, light: flags.light, ...share })));
  return [
    ...sleeps.map((sleepMs) => ({ workers: 1_000, sleepMs })),
    ...[200, 100].map((sleepMs) => ({ workers: 1_000, sleepMs, light: true })),
    ...[1_000, 500, 300, 200].map((sleepMs) => ({ workers: 1_000, sleepMs, light: true, controllerShare: 0.25 })),
    ...[2_000, 4_000].map((workers) => ({ workers, sleepMs: 10_000 })),
  ];
}
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
  simulated: () => measureSimulated(loads(), Number(flags.window)),
  many: () => measureMany(counts([10, 100]), 4, Number(flags.sleep ?? 10_000)),
};
for (const name of flags.part) {
  const part = parts[name];
  if (!part) throw new Error(`there is no part '${name}'; the parts are ${Object.keys(parts).join(", ")}`);
  await part();
  console.log(`(${machine()})\n`);
}
process.exit(0);
