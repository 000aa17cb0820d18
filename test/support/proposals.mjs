// Prints, as JSON, which candidates search algorithms ask for in a table: node proposals.mjs accuracy.csv latency.csv algorithm...
import { readFileSync } from "node:fs";
import { candidatesSeen, createSpace, parseTable, resolveSpaceSpec, searchTable, tableColumn, tableTask } from "@archwright/core";

const [accuracyFile, latencyFile, ...algorithms] = process.argv.slice(2);
const [accuracies, latencies] = [accuracyFile, latencyFile].map((file) => parseTable(readFileSync(file, "utf8"), file));
const [accuracy, latency] = [tableColumn(accuracies, "cifar100_valid"), tableColumn(latencies, "pixel3")];
const latencyOf = new Map(latencies.architectures.map((architecture, row) => [architecture, latency[row]]));
const input = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 100 };
const spec = resolveSpaceSpec({ name: "nasbench201" }, input);
const space = createSpace(spec, input);
const task = tableTask({
  name: "cells",
  space,
  objectives: ["error", "pixel3"],
  rows: accuracies.architectures.map((architecture, row) => ({
    architecture,
    objectives: [100 - accuracy[row], latencyOf.get(architecture)],
  })),
  seen: candidatesSeen(spec, input, (genotype) => space.format(genotype), ["error", "pixel3"]),
});
const run = { settings: {}, evaluations: 60, initial: 0, seed: 1, repeat: 0, copy: 0 };
const rows = algorithms.map((algorithm) => [algorithm, searchTable(task, { ...run, algorithm }).rows]);
process.stdout.write(JSON.stringify({ node: process.version, rows: Object.fromEntries(rows) }));
