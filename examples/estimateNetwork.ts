/**
 * What a network of one's own costs on a device: build it, name a profile, ask the cost model.
 *
 *   npx tsx --conditions=archwright-source examples/estimateNetwork.ts [PROFILE.yaml]
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createAnalyticModel, NetworkBuilder, parseDeviceProfile } from "@archwright/core";

const b = new NetworkBuilder();
let x = b.input([1, 1, 28, 28]);
for (const channels of [16, 32, 64]) x = b.activation(b.conv2d(x, channels, 3, { stride: 2 }), "relu");
const network = b.build(b.dense(b.globalAveragePool(x), 10));

const file = process.argv[2] ?? fileURLToPath(new URL("../configs/devices/stm32f746.yaml", import.meta.url));
const model = createAnalyticModel(parseDeviceProfile(readFileSync(file, "utf8"), file));
const { costs, kernels = [] } = model.estimate(network);
for (const [name, estimate] of Object.entries(costs)) console.log(`${name.padEnd(16)} ${estimate.value.toPrecision(4)}`);

const slowest = [...kernels].sort((a, b) => b.latencyMs - a.latencyMs)[0];
if (slowest) {
  const operators = slowest.nodes.map((node) => network.nodes[node]?.op.kind).join(" + ");
  console.log(`slowest kernel   ${operators}, ${slowest.latencyMs.toFixed(3)} ms, limited by ${slowest.bottleneck.kind}`);
}
