/** A made-up table of accuracies and latencies, and an experiment over it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createQuickRng } from "@archwright/core/base";
import { type Experiment, parseExperiment } from "@archwright/core/experiment";
import { nasbench201 } from "@archwright/core/spaces";

/** Accuracy and latency of an architecture that trade off against each other, with noise; made up. */
export function madeUpValues(genotype: readonly number[], index: number): { readonly accuracy: number; readonly latencyMs: number } {
  const rng = createQuickRng(index);
  const work = genotype.reduce((sum, option) => sum + option, 0) / (4 * genotype.length);
  return { accuracy: 20 + 50 * Math.sqrt(work) + 10 * rng.next(), latencyMs: 1 + 9 * work + 3 * rng.next() };
}

/** Writes a table with a row for each of the 15,625 architectures of NAS-Bench-201. */
export function writeTable(folder: string): string {
  const space = nasbench201();
  const lines = ["architecture,accuracy,latency"];
  for (const genotype of space.enumerate()) {
    const { accuracy, latencyMs } = madeUpValues(genotype, lines.length);
    lines.push(`${space.format(genotype)},${accuracy.toFixed(2)},${latencyMs.toFixed(4)}`);
  }
  const file = join(folder, "table.csv");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** A search over that table as a user would write it, with a budget that turns about a tenth of the candidates away. */
export function tableExperiment(file: string, algorithm: string, evaluations: number, seed: number): Promise<Experiment> {
  const text = `
name: controller-overhead
seed: ${seed}
space: nasbench201
accuracy: { file: ${JSON.stringify(file)}, column: accuracy }
devices:
  - { name: made-up, budgets: { latency: 9ms }, latency_table: { file: ${JSON.stringify(file)}, column: latency } }
objectives: [error, latency@made-up]
search: { algorithm: ${algorithm}, evaluations: ${evaluations} }
`;
  const notUsed = () => {
    throw new Error("an experiment over tables needs no other file");
  };
  return parseExperiment(text, "controller-overhead.yaml", {
    path: (written) => written,
    deviceNames: [],
    device: () => undefined,
    readSpace: notUsed,
    tableHash: () => "",
    readDataset: notUsed,
  });
}
