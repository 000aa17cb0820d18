/** Traffic between scratchpad and main memory: network order with Belady's replacement against plans, with bounds and times. Prints a table. */
import { parseArgs } from "node:util";
import { planTraffic } from "@archwright/core";
import { packArena } from "../../packages/core/src/ir/memory/arena.ts";
import { beladyReplacement } from "../../packages/core/src/ir/memory/replacement/belady.ts";
import { keepAll, staysOf, trafficBytes } from "../../packages/core/src/ir/memory/replacement/residency.ts";
import { leastCapacity } from "../../packages/core/src/testing/traffic/graphs.ts";
import { replay } from "../../packages/core/src/testing/traffic/replay.ts";
import { studyGraphs } from "./graphs.ts";

const { values } = parseArgs({
  options: { first: { type: "boolean", default: false }, limit: { type: "string", default: "1000000" } },
});

interface Case {
  readonly family: string;
  readonly belady: number;
  readonly planned: number;
  readonly bound: number;
  readonly seconds: number;
}

const cases: Case[] = [];
console.log("family         graph               operators  capacity    belady      plan     bound  seconds");
for (const { family, name, graph } of studyGraphs(values.first)) {
  const order = graph.nodes.map((_, vertex) => vertex).filter((vertex) => !graph.source[vertex]);
  const unit = graph.bytes.every((bytes) => bytes === 1) ? 1 : 16;
  const least = leastCapacity(graph);
  const { arenaBytes } = packArena(staysOf(graph, keepAll(graph, order)).stays, 100_000);
  const capacities = new Set([0, 1 / 3, 2 / 3].map((share) => least + unit * Math.floor((share * (arenaBytes - least)) / unit)));
  for (const capacityBytes of capacities) {
    const belady = trafficBytes(graph, beladyReplacement(graph, order, capacityBytes));
    const start = process.cpuUsage();
    const plan = planTraffic(graph, { capacityBytes, searchLimit: Number(values.limit) });
    const { user, system } = process.cpuUsage(start);
    if (!plan) throw new Error(`${name} does not fit into ${capacityBytes}`);
    if (replay(graph, plan, capacityBytes, 1) !== plan.trafficBytes) throw new Error(`the plan of ${name} is replayed otherwise`);
    const seconds = (user + system) / 1e6;
    cases.push({ family, belady, planned: plan.trafficBytes, bound: plan.lowerBoundBytes, seconds });
    const numbers = [order.length, capacityBytes, belady, plan.trafficBytes, plan.lowerBoundBytes].map((value) =>
      String(value).padStart(9),
    );
    console.log(`${family.padEnd(14)} ${name.padEnd(19)} ${numbers.join(" ")} ${seconds.toFixed(2).padStart(8)}`);
  }
}

console.log("\nfamily          cases  with traffic  mean reduction  proven  mean gap  most seconds");
for (const family of [...new Set(cases.map((entry) => entry.family)), "all"]) {
  const mine = cases.filter((entry) => family === "all" || entry.family === family);
  const moving = mine.filter(({ belady }) => belady > 0);
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length);
  const reduction = mean(moving.map(({ belady, planned }) => 1 - planned / belady));
  // The part of a plan's traffic that no bound explains.
  const gap = mean(mine.map(({ planned, bound }) => (planned > bound ? 1 - bound / planned : 0)));
  const columns = [
    String(mine.length).padStart(6),
    String(moving.length).padStart(13),
    `${(100 * reduction).toFixed(1)} %`.padStart(15),
    String(mine.filter(({ planned, bound }) => planned === bound).length).padStart(7),
    `${(100 * gap).toFixed(1)} %`.padStart(9),
    Math.max(...mine.map(({ seconds }) => seconds))
      .toFixed(2)
      .padStart(13),
  ];
  console.log(`${family.padEnd(14)} ${columns.join(" ")}`);
}
