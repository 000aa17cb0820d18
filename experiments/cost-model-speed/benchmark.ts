/** Times what an analytic estimate of one network takes, memory planning included, in processor time. Prints a table. */
import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createAnalyticModel, createRng, createSpace, parseDeviceProfile, usualTaskOf } from "@archwright/core";

const { values } = parseArgs({ options: { networks: { type: "string", default: "20" }, repetitions: { type: "string", default: "30" } } });
const networks = Number(values.networks);
const repetitions = Number(values.repetitions);
const profiles = new URL("../../configs/devices/", import.meta.url);

console.log(`${networks} networks of each space, the least of ${repetitions} estimates of each; milliseconds of processor time\n`);
console.log("space        device           nodes, median  median      max");
for (const spec of [{ name: "nasbench201" }, { name: "fbnet" }] as const) {
  const task = usualTaskOf(spec);
  const space = createSpace(spec, task);
  const sampled = Array.from({ length: networks }, (_, i) => space.network(space.sample(createRng(i)), task));
  for (const file of readdirSync(profiles).filter((name) => /^(stm32f746|laptop-cpu)\.yaml$/.test(name))) {
    const profile = parseDeviceProfile(readFileSync(new URL(file, profiles), "utf8"), file);
    const model = createAnalyticModel(profile);
    const times = sampled.map((network) =>
      Math.min(
        ...Array.from({ length: repetitions }, () => {
          const start = process.cpuUsage();
          model.estimate(network);
          const { user, system } = process.cpuUsage(start);
          return (user + system) / 1000;
        }),
      ),
    );
    const nodes = median(sampled.map((network) => network.nodes.length));
    const columns = [
      nodes.toFixed(0).padStart(13),
      median(times).toFixed(2).padStart(6),
      Math.max(...times)
        .toFixed(2)
        .padStart(7),
    ];
    console.log(`${spec.name.padEnd(12)} ${profile.name.padEnd(14)}  ${columns.join("  ")}`);
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
