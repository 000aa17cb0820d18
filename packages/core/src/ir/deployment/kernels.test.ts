import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { randomNetwork } from "../../testing/networks/randomNetwork.ts";
import { mobilenetV2, resnet50 } from "../../testing/networks/referenceNetworks.ts";
import { NetworkBuilder } from "../builder.ts";
import { liveNodes } from "../graph.ts";
import type { Network } from "../network.ts";
import { deploy } from "./deploy.ts";
import { fuseKernels } from "./kernels.ts";

const stored = new Set(["input", "constant", "parameter"]);

/** Each kernel as its nodes' kinds. */
const kinds = (network: Network) => fuseKernels(network).map((kernel) => kernel.map((index) => network.nodes[index]?.op.kind).join("+"));

describe("fuseKernels", () => {
  it("runs a convolution with what follows it", () => {
    const b = new NetworkBuilder();
    const x = b.activation(b.batchNorm(b.conv2d(b.input([1, 3, 8, 8]), 4, 3)), "relu");
    const y = b.binary("add", x, b.batchNorm(b.conv2d(x, 4, 3)));
    const network = b.build(b.dense(b.globalAveragePool(b.activation(y, "relu")), 2));
    expect(kinds(network)).toEqual(["conv2d+batchNorm+activation", "conv2d+batchNorm+binary+activation", "reduce", "dense"]);
    expect(kinds(deploy(network))).toEqual(["conv2d+activation", "conv2d+binary+activation", "reduce", "dense"]);
  });

  it("leaves a tensor alone that something else reads, or that is an output", () => {
    const b = new NetworkBuilder();
    const conv = b.conv2d(b.input([1, 3, 8, 8]), 4, 3);
    const relu = b.activation(conv, "relu");
    expect(kinds(b.build(relu, conv))).toEqual(["conv2d", "activation"]);
    expect(kinds(b.build(b.binary("mul", conv, b.activation(conv, "sigmoid"))))).toEqual(["conv2d", "activation+binary"]);
  });

  it("does not fuse over a broadcast", () => {
    const b = new NetworkBuilder();
    const x = b.input([1, 4, 8, 8]);
    const gate = b.conv2d(b.globalAveragePool(x, true), 4, 1);
    expect(kinds(b.build(b.binary("mul", x, gate)))).toEqual(["reduce", "conv2d", "binary"]);
  });

  it("prefers matrix work, then the later one, for an operator of two inputs", () => {
    const b = new NetworkBuilder();
    const x = b.input([1, 4, 8, 8]);
    const [first, second] = [b.conv2d(x, 4, 3), b.conv2d(x, 4, 1)];
    const sum = b.binary("add", second, first);
    expect(fuseKernels(b.build(sum))).toEqual([[first], [second, sum]]);
    const conv = b.conv2d(x, 4, 3);
    const relu = b.activation(x, "relu");
    expect(kinds(b.build(b.binary("mul", relu, conv)))).toEqual(["activation", "conv2d+binary"]);
  });

  it("counts an operator that reads a tensor twice as one reader", () => {
    const b = new NetworkBuilder();
    const conv = b.conv2d(b.input([1, 3, 8, 8]), 4, 3);
    expect(kinds(b.build(b.binary("mul", conv, conv)))).toEqual(["conv2d+binary"]);
  });

  it("gives a reshape to the kernel that produced its input, and fuses through it", () => {
    const b = new NetworkBuilder();
    const conv = b.conv2d(b.input([1, 3, 8, 8]), 4, 3);
    const flat = b.add({ kind: "reshape", shape: [1, 256] }, [conv]);
    expect(kinds(b.build(b.activation(flat, "relu")))).toEqual(["conv2d+reshape+activation"]);
    expect(kinds(b.build(b.activation(flat, "relu"), conv))).toEqual(["conv2d+reshape", "activation"]);
  });

  it("makes one kernel of each convolution of published networks", () => {
    // MobileNetV2: 52 convolutions, pooling, classifier. ResNet-50: 53 and max pooling as well.
    expect(fuseKernels(mobilenetV2())).toHaveLength(54);
    expect(fuseKernels(resnet50())).toHaveLength(56);
  });

  it("covers every live node that runs once, in an order that can run, and hides only private tensors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.boolean(), (seed, isDeployed) => {
        const drawn = randomNetwork(createRng(seed), { steps: 20 });
        const network = isDeployed ? deploy(drawn) : drawn;
        const kernels = fuseKernels(network);
        const live = liveNodes(network);
        const covered = kernels.flat();
        expect(new Set(covered).size).toBe(covered.length);
        const isThere = new Set<number>();
        network.nodes.forEach((node, index) => {
          const isViewOfStored = node.op.kind === "reshape" && isThere.has(node.inputs[0] as number);
          if (stored.has(node.op.kind) || isViewOfStored) isThere.add(index);
          expect(covered.includes(index)).toBe(live[index] === true && !isThere.has(index));
        });
        for (const kernel of kernels) {
          for (const index of kernel) {
            for (const input of network.nodes[index]?.inputs ?? []) expect(isThere.has(input)).toBe(true);
            isThere.add(index);
          }
          const last = kernel.findLast((index) => network.nodes[index]?.op.kind !== "reshape");
          const outside = network.nodes.flatMap((node, index) => (live[index] && !kernel.includes(index) ? node.inputs : []));
          for (const index of kernel) {
            const isHidden = index < (last as number);
            if (isHidden) expect(outside.includes(index) || network.outputs.includes(index)).toBe(false);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
