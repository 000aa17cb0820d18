/** Architectures of a space, and made-up devices for them, for tests of latency models. */
import { createRng } from "../../base/index.ts";
import { type DescribeArchitecture, networkOperators } from "../../latency/index.ts";
import { createSpace } from "../../spaces/index.ts";

export interface MadeUpLatencies {
  readonly architectures: readonly string[];
  readonly describeArchitecture: DescribeArchitecture;
  /** Of all architectures, milliseconds, on the device of this name: a rate for each class of work, an overhead for each operator. */
  latencies(name: string): Float64Array;
}

/** @param samples of NAS-Bench-201, of which those are kept that are new and connected. */
export function madeUpLatencies(samples: number): MadeUpLatencies {
  const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
  const space = createSpace({ name: "nasbench201", cells_per_stage: 1 }, task);
  const described = new Map<string, ReturnType<DescribeArchitecture>>();
  const describeArchitecture: DescribeArchitecture = (architecture) => {
    let known = described.get(architecture);
    if (!known) {
      const genotype = space.parse(architecture);
      known = { encoding: space.encode(genotype), network: space.network(genotype, task) };
      described.set(architecture, known);
    }
    return known;
  };
  const operatorsOf = (architecture: string) => networkOperators(describeArchitecture(architecture).network);
  const sampled = new Set(Array.from({ length: samples }, (_, i) => space.format(space.sample(createRng(i)))));
  const architectures = [...sampled].filter((architecture) => operatorsOf(architecture).connected);
  return {
    architectures,
    describeArchitecture,
    latencies(name) {
      const rng = createRng(name);
      const cost = { convolution: 0, depthwise: 0, dense: 0, elementwise: 0 };
      for (const workClass of Object.keys(cost) as (keyof typeof cost)[]) cost[workClass] = Math.exp(0.7 * rng.normal()) * 1e-8;
      const overhead = 0.02 * Math.exp(rng.normal());
      return Float64Array.from(architectures, (architecture) =>
        operatorsOf(architecture).operators.reduce(
          (sum, { workClass, operations, count }) => sum + count * (overhead + cost[workClass] * operations),
          0.1,
        ),
      );
    },
  };
}
