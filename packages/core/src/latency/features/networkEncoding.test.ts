import { describe, expect, it } from "vitest";
import { createRng, spearman } from "../../base/index.ts";
import { deploy, type Network, NetworkBuilder, withBatch } from "../../ir/index.ts";
import { createSpace, type SpaceSpecInput, usualTask } from "../../spaces/index.ts";
import { mobilenetV2, randomNetwork, resnet50 } from "../../testing/index.ts";
import { describeNetwork, encodeNetwork, learnLatencyPredictor, networkEncodingWidth } from "../index.ts";
import { networkOperators } from "./operatorWork.ts";

/** The same graph in another order, under other names: dependencies are written depth first from the outputs. */
function reordered(network: Network): Network {
  const order: number[] = [];
  const visit = (index: number): void => {
    if (order.includes(index)) return;
    for (const input of [...(network.nodes[index]?.inputs ?? [])].reverse()) visit(input);
    order.push(index);
  };
  for (const output of network.outputs) visit(output);
  for (const index of network.nodes.keys()) visit(index);
  const moved = new Map(order.map((index, at) => [index, at]));
  const nodes = order.map((index, at) => {
    const node = network.nodes[index] as Network["nodes"][number];
    return { ...node, name: `n${at}`, inputs: node.inputs.map((input) => moved.get(input) as number) };
  });
  return { nodes, outputs: network.outputs.map((output) => moved.get(output) as number) };
}

describe("encodeNetwork", () => {
  const networks = Array.from({ length: 40 }, (_, seed) => randomNetwork(createRng(seed), { steps: 20 }));

  it("does not depend on names, on the order of nodes, or on the batch", () => {
    for (const network of networks) {
      const encoding = encodeNetwork(network);
      expect(encoding).toHaveLength(networkEncodingWidth);
      expect(encoding.every(Number.isFinite)).toBe(true);
      expect(encodeNetwork(reordered(network))).toEqual(encoding);
      expect(encodeNetwork(withBatch(network, 3))).toEqual(encoding);
    }
  });

  it("does not depend on whether batch normalisations are folded", () => {
    for (const network of [mobilenetV2(0.35, 32), resnet50(64, 10)]) expect(encodeNetwork(deploy(network))).toEqual(encodeNetwork(network));
  });

  it("tells apart kernels, strides, groups, widths, resolutions, and what is read by nothing", () => {
    const net = (make: (b: NetworkBuilder, x: number) => number, side = 16) => {
      const b = new NetworkBuilder();
      return encodeNetwork(b.build(make(b, b.input([1, 8, side, side]))));
    };
    const different = [
      net((b, x) => b.conv2d(x, 8, 3)),
      net((b, x) => b.conv2d(x, 8, 5)),
      net((b, x) => b.conv2d(x, 8, 3, { stride: 2 })),
      net((b, x) => b.conv2d(x, 8, 3, { groups: 2 })),
      net((b, x) => b.depthwise(x, 3)),
      net((b, x) => b.conv2d(x, 12, 3)),
      net((b, x) => b.conv2d(x, 8, 3), 24),
      net((b, x) => {
        b.conv2d(x, 8, 3);
        return x;
      }),
      net((b, x) => b.conv2d(b.conv2d(x, 8, 3), 8, 3)),
    ];
    expect(new Set(different.map((encoding) => encoding.join())).size).toBe(different.length);
  });
});

/** Latency of a device whose operators each take overhead + operations / rate + bytes / bandwidth, by a factor of the operator's kind. */
function madeUpDevice(seed: string): (network: Network) => number {
  const rng = createRng(seed);
  const [overhead, perOperation, perByte] = [5e-3 * Math.exp(0.5 * rng.normal()), 1e-8, 2e-9].map(
    (base) => base * Math.exp(0.7 * rng.normal()),
  ) as [number, number, number];
  const factor = (kind: string) => Math.exp(0.4 * createRng(`${seed} ${kind}`).normal());
  const noise = rng.fork("noise");
  return (network) =>
    networkOperators(network).operators.reduce(
      (sum, work) =>
        sum +
        work.count *
          (overhead + (work.operations * perOperation + (work.activationBytes + work.weightBytes) * perByte) * factor(work.kind)),
      0.1,
    ) * Math.exp(0.03 * noise.normal());
}

describe("a model learned on one space with describeNetwork", () => {
  const spaceOf = (spec: SpaceSpecInput, count: number): ReadonlyMap<string, Network> => {
    const space = createSpace(spec, usualTask);
    return new Map(
      Array.from({ length: count }, (_, seed) => {
        const genotype = space.sample(createRng(`${spec.name} ${seed}`));
        return [space.format(genotype), space.network(genotype, usualTask)] as const;
      }),
    );
  };
  const [mobile, cells] = [spaceOf({ name: "mobile" }, 150), spaceOf({ name: "nasbench201", cells_per_stage: 1 }, 150)];
  const networks = new Map([...mobile, ...cells]);
  const describeArchitecture = (architecture: string) => describeNetwork(networks.get(architecture) as Network);
  const architectures = [...mobile.keys()];
  const devices = ["a", "b", "c"].map((name) => ({ name, latenciesMs: [...mobile.values()].map(madeUpDevice(name)) }));
  const model = learnLatencyPredictor("default", { architectures, devices }, describeArchitecture);

  it.each(["x", "y", "z"])("predicts networks of another on a device unlike its sources (%s) from ten measurements", (seed) => {
    const pool = [...cells.keys()].filter((architecture) => networkOperators(cells.get(architecture) as Network).connected);
    const latency = madeUpDevice(seed);
    const truth = new Map(pool.map((architecture) => [architecture, latency(cells.get(architecture) as Network)]));
    const chosen = model.suggest(pool, 10, createRng(seed));
    const adapted = model.adapt(chosen.map((architecture) => ({ architecture, latencyMs: truth.get(architecture) as number })));
    const rest = pool.filter((architecture) => !chosen.includes(architecture));
    const predictions = adapted.predict(rest);
    const correlation = spearman(
      predictions.map(({ latencyMs }) => latencyMs),
      rest.map((architecture) => truth.get(architecture) as number),
    );
    expect(correlation).toBeGreaterThan(0.93);
    for (const { latencyMs, sdMs, low95Ms, high95Ms } of predictions) {
      for (const number of [latencyMs, sdMs, low95Ms, high95Ms]) expect(number > 0 && Number.isFinite(number)).toBe(true);
      expect(low95Ms < latencyMs && latencyMs < high95Ms).toBe(true);
    }
  });
});
