/** Whether training many candidates one after the other keeps memory: resident MiB after each tenth candidate. See README.md. */
import { parseArgs } from "node:util";
import { createRng, NetworkBuilder } from "@archwright/core";
import { createStepRunner, initialWeights, stepRates } from "../../packages/runtimes/src/training/index.ts";

const { values } = parseArgs({ options: { candidates: { type: "string", default: "80" } } });
const b = new NetworkBuilder();
const wide = b.activation(b.conv2d(b.input([1, 1, 32, 32]), 32, 1), "relu");
const network = b.build(b.dense(b.globalAveragePool(wide), 4));
const weights = initialWeights(network, createRng(8));
// The activations of a step are 4 MB each: candidates that kept them would add 16 MB each.
for (let candidate = 1; candidate <= Number(values.candidates); candidate++) {
  const runner = await createStepRunner(network, weights, 32, { optimiser: "adam" });
  await runner.step(stepRates(1, 0.01, 0));
  await runner.release();
  if (candidate % 10 === 0) console.log(`${candidate} candidates: ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`);
}
