/** Times what an analytic estimate of one network takes, memory planning included, and planning of published graphs, in processor time. */
import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  createAnalyticModel,
  createRng,
  createSpace,
  fusePadding,
  type MemoryOptions,
  type Network,
  NetworkBuilder,
  parseDeviceProfile,
  planMemory,
  sharedKinds,
  usualTaskOf,
} from "@archwright/core";
import { publishedGraph } from "../../packages/core/src/testing/networks/publishedGraphs.fixture.ts";

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

const views: MemoryOptions = { shares: sharedKinds };
const plans: readonly (readonly [string, Network, MemoryOptions])[] = [
  ["SwiftNet, the file's order", publishedGraph("swiftnet"), { reorder: false, inPlace: false }],
  ["SwiftNet, best order", publishedGraph("swiftnet"), {}],
  ["SwiftNet, views", publishedGraph("swiftnet"), views],
  ["SwiftNet, views, depthwise in place", publishedGraph("swiftnet"), { ...views, depthwiseInPlace: true }],
  ["DARTS-V2 normal cell, views", dartsCell(), views],
  ["mcunet-vww1, padding fused", fusePadding(publishedGraph("vww")), {}],
];
console.log(`\nplanning, the median of ${repetitions} runs; milliseconds of processor time\n`);
console.log("plan                                   bytes  lower bound  median");
for (const [label, network, options] of plans) {
  let plan = planMemory(network, options);
  const times = Array.from({ length: repetitions }, () => {
    const start = process.cpuUsage();
    plan = planMemory(network, options);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  const numbers = [`${plan.arenaBytes}`.padStart(7), `${plan.lowerBoundBytes}`.padStart(11), median(times).toFixed(2).padStart(6)];
  console.log(`${label.padEnd(35)}  ${numbers.join("  ")}`);
}

/** The normal cell of DARTS-V2 (Liu et al. 2019, figure 4), read by two convolutions. */
function dartsCell(): Network {
  const b = new NetworkBuilder();
  const [before, last] = [b.input([1, 48, 28, 28], "before"), b.input([1, 48, 28, 28], "last")];
  const half = (x: number, dilation = 1) => b.conv2d(b.depthwise(b.activation(x, "relu"), 3, { dilation }), 48, 1, { bias: true });
  const separable = (x: number) => half(half(x));
  const first = b.binary("add", separable(before), separable(last));
  const second = b.binary("add", separable(before), separable(last));
  const third = b.binary("add", separable(last), before);
  const fourth = b.binary("add", before, half(first, 2));
  const concat = b.concat([first, second, third, fourth]);
  return b.build(b.conv2d(concat, 48, 1), b.conv2d(concat, 48, 1));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
