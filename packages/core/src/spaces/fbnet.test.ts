import { describe, expect, it } from "vitest";
import { networkCosts } from "../ir/index.ts";
import { fbnet, fbnetBlocks } from "./fbnet.ts";
import type { Task } from "./searchSpace.ts";

const imagenet: Task = { kind: "image-classification", channels: 3, height: 224, width: 224, classes: 1000 };
const space = fbnet();

describe("fbnet", () => {
  it("counts FBNet-C's parameters and multiply-accumulates", () => {
    // 5.5722 M parameters: imgclsmob's fbnet_cb and timm's fbnetc_100, made from the authors' FBNet-C.
    const text = "0-3-8-0-0-7-6-7-3-7-6-7-7-7-7-7-6-7-7-7-7-3";
    const { parameters, macs } = networkCosts(space.network(space.parse(text), imagenet));
    expect((parameters / 1e6).toFixed(4)).toBe("5.5722");
    // Wu et al. 2019, table 2: 375 M multiply-accumulates, 5.5 M parameters.
    expect(Math.abs(macs / 375e6 - 1)).toBeLessThan(0.03);
  });

  it("has 9^22 architectures", () => {
    expect(space.size).toBe(9n ** 22n);
    expect(fbnetBlocks).toHaveLength(9);
  });

  it("makes a skip the identity only where the shape stays", () => {
    const skips = space.network(space.parse(Array.from({ length: 22 }, () => 8).join("-")), imagenet);
    // Stem, head, and one 1×1 convolution where each of six groups of blocks changes channels or size.
    expect(skips.nodes.filter((node) => node.op.kind === "conv2d")).toHaveLength(2 + 6);
  });

  it("shuffles channels between grouped convolutions", () => {
    const at = (first: number) => space.network(space.parse([first, ...Array.from({ length: 21 }, () => 8)].join("-")), imagenet);
    const [plain, grouped] = [at(0), at(1)];
    expect(grouped.nodes.filter((node) => node.op.kind === "transpose")).toHaveLength(1);
    // Two 1×1 convolutions of 16 channels, halved by two groups.
    expect(networkCosts(plain).parameters - networkCosts(grouped).parameters).toBe(2 * 128);
  });

  it.each(["7-8-1", "9-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8", "07-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8", ""])(
    "refuses '%s'",
    (text) => {
      expect(() => space.parse(text)).toThrow(/22 numbers of 0 to 8/);
    },
  );
});
