import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../base/index.ts";
import { fuseKernels, type Network, NetworkBuilder, type Node, networkCosts, nodeCosts, tensorBytes } from "../ir/index.ts";
import { randomNetwork } from "../testing/networks/randomNetwork.ts";
import { networkWork } from "./kernelWork.ts";

/** Slow and obvious: what a kernel moves, from sets of tensors with views followed to their source each time. */
function slowActivationBytes(network: Network, kernel: readonly number[]): number {
  const node = (index: number) => network.nodes[index] as Node;
  const source = (index: number): number => (node(index).op.kind === "reshape" ? source(node(index).inputs[0] as number) : index);
  const running = new Set(fuseKernels(network).flat());
  const taken = new Map<number, number>();
  const left = new Set<number>();
  for (const index of kernel) {
    if (node(index).op.kind === "reshape") continue;
    for (const input of node(index).inputs.map(source)) {
      const stored = ["constant", "parameter"].includes(node(input).op.kind);
      if (kernel.includes(input) || stored || taken.has(input)) continue;
      taken.set(input, tensorBytes(node(node(index).op.kind === "slice" ? index : input).output));
    }
  }
  network.nodes.forEach((reader, index) => {
    if (!running.has(index) || kernel.includes(index)) return;
    for (const input of reader.inputs.map(source)) if (kernel.includes(input)) left.add(input);
  });
  for (const output of network.outputs.map(source)) if (kernel.includes(output)) left.add(output);
  const sum = (bytes: Iterable<number>) => [...bytes].reduce((total, value) => total + value, 0);
  return sum(taken.values()) + sum([...left].map((index) => tensorBytes(node(index).output)));
}

describe("networkWork", () => {
  it("agrees with a slow count of what kernels move, on random networks", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const network = randomNetwork(createRng(seed));
        const { kernels } = networkWork(network);
        for (const kernel of kernels) expect(kernel.activationBytes).toBe(slowActivationBytes(network, kernel.nodes));
      }),
      { numRuns: 200 },
    );
  });

  it("does all the arithmetic of the nodes that run, and stores all that is stored", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const network = randomNetwork(createRng(seed), { withDeadNodes: false });
        const { kernels, storedBytes } = networkWork(network);
        expect(kernels.reduce((sum, kernel) => sum + kernel.operations, 0)).toBe(networkCosts(network).flops);
        expect(storedBytes).toBeGreaterThanOrEqual(networkCosts(network).weightBytes);
        expect(kernels.reduce((sum, kernel) => sum + kernel.weightBytes, 0)).toBeGreaterThanOrEqual(
          nodeCosts(network).reduce(
            (sum, costs, index) => sum + (network.nodes[index]?.op.kind === "parameter" ? 0 : costs.weightBytes),
            0,
          ),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("keeps fused tensors inside, moves shared inputs once, and reads only looked-up rows of an embedding", () => {
    const b = new NetworkBuilder("int8");
    const x = b.input([1, 4, 8, 8]);
    const conv = b.activation(b.conv2d(x, 4, 1), "relu");
    const [fused] = networkWork(b.build(b.binary("add", conv, x))).kernels;
    // relu and add are fused, x is read twice and moved once: 256 in, 256 out; 16 bytes of weights.
    expect(fused).toMatchObject({ operatorClass: "convolution", activationBytes: 512, weightBytes: 16 });

    const e = new NetworkBuilder();
    const rows = e.add({ kind: "embedding", vocabulary: 1000, features: 8 }, [e.input([1, 5])]);
    expect(networkWork(e.build(rows)).kernels[0]).toMatchObject({ weightBytes: 5 * 8 * 4, activationBytes: 5 * 4 + 5 * 8 * 4 });
    expect(networkWork(e.build(rows)).storedBytes).toBe(1000 * 8 * 4);
  });
});
