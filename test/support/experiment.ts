/** An experiment that trains in tenths of a second, for tests. */
import { stringify } from "yaml";

/** A small space of small networks; what is trained here takes tenths of a second. */
const space = {
  name: "custom",
  channel_multiple: 4,
  stem: { channels: 8, kernel: 3, stride: [1, 2] },
  stages: [
    {
      channels: [8, 16],
      depth: [1, 2],
      blocks: [
        { type: "conv", kernel: [1, 3] },
        { type: "depthwise-separable", kernel: [3, 5] },
      ],
    },
    {
      channels: [16, 24],
      stride: 2,
      depth: [1, 2],
      blocks: [
        { type: "conv", kernel: 3 },
        { type: "depthwise-separable", kernel: 3 },
      ],
    },
  ],
};

const base = {
  name: "small",
  seed: 5,
  dataset: { kind: "digits", limit: 300 },
  space,
  devices: [{ name: "stm32f746", budgets: { peak_memory: "24KiB", latency: "2ms" } }],
  objectives: ["error", "latency@stm32f746"],
  search: { algorithm: "nsga2", population: 4, evaluations: 8 },
  training: { epochs: 2, batch_size: 32, learning_rate: 0.01 },
};

/** The YAML of an experiment on the digits that really trains, with some of its keys changed. */
export function experiment(changes: Readonly<Record<string, unknown>> = {}): string {
  return stringify({ ...base, ...changes });
}
