import { describe, expect, it } from "vitest";
import { createRng } from "../base/index.ts";
import { NetworkBuilder } from "../ir/index.ts";
import { createSpace, usualTask } from "../spaces/index.ts";
import { graphFeatures } from "./graphFeatures.ts";

const cells = createSpace({ name: "nasbench201", cells_per_stage: 1 });
const of = (text: string) => graphFeatures(cells.network(cells.parse(text), usualTask));

describe("graphFeatures", () => {
  it("does not see dead operators, but in what is executed and what is counted", () => {
    // The convolution from node 0 to node 1 reaches nothing.
    const dead = of("|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|");
    const plain = of("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|");
    expect(dead.structure).toEqual(plain.structure);
    const ofLive = ({ summary }: typeof dead) => [...summary].filter(([name]) => name !== "log macs" && name !== "log parameters");
    expect(ofLive(dead)).toEqual(ofLive(plain));
    expect(dead.executed).not.toEqual(plain.executed);
  });

  it("is the same for cells that compute the same in another place", () => {
    // Through node 1 or through node 2.
    const first = of("|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|avg_pool_3x3~1|none~2|");
    const second = of("|none~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|avg_pool_3x3~2|");
    expect(first).toEqual(second);
  });

  it("has nothing of paths where the output does not depend on the input", () => {
    const { summary } = of("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|");
    expect(summary.get("connected")).toBe(0);
    expect([...summary.keys()].filter((name) => /^(paths|segments|live)/.test(name))).toEqual([]);
  });

  it("tells activation functions apart, by the numbers that go through them, and leaves out gates", () => {
    const sharesOf = (...functions: readonly ("relu" | "hard-swish")[]) => {
      const b = new NetworkBuilder();
      let x = b.input([1, 4, 8, 8]);
      for (const fn of functions) x = b.activation(b.conv2d(x, 4, 3, { stride: 2 }), fn);
      const gate = b.activation(b.conv2d(b.globalAveragePool(x, true), 4, 1), "hard-sigmoid");
      const { summary } = graphFeatures(b.build(b.binary("mul", x, gate)));
      return Object.fromEntries([...summary].filter(([name]) => name.startsWith("share")));
    };
    expect(sharesOf("relu")).toEqual({ "share relu": 1 });
    // 4·4·4 numbers, then 4·2·2.
    expect(sharesOf("hard-swish", "relu")).toEqual({ "share hard-swish": 0.8, "share relu": 0.2 });
  });

  it("is not changed by activation functions where a space has but one", () => {
    const mobile = createSpace({ name: "mobile" }, usualTask);
    for (let seed = 0; seed < 10; seed++) {
      const { summary } = graphFeatures(mobile.network(mobile.sample(createRng(seed)), usualTask));
      expect([...summary].filter(([name]) => name.startsWith("share"))).toEqual([["share relu6", 1]]);
    }
  });

  it("counts paths and what is on them", () => {
    const b = new NetworkBuilder();
    const x = b.conv2d(b.input([1, 4, 8, 8]), 4, 3);
    const long = b.conv2d(b.conv2d(x, 4, 3), 4, 1);
    const network = b.build(b.binary("add", b.binary("add", x, long), b.pool2d("average", x, 3, { stride: 1, padding: 1 })));
    const { summary, executed } = graphFeatures(network);
    // Paths: nothing, two convolutions (one of them spatial), a pooling; before them one convolution.
    expect(Object.fromEntries([...summary].filter(([name]) => name.startsWith("paths")))).toEqual({
      "paths log": Math.log(3),
      "paths layers mean": expect.closeTo(1 + 2 / 3, 12),
      "paths spatial mean": expect.closeTo(1 + 1 / 3, 12),
      "paths pools mean": expect.closeTo(1 / 3, 12),
      "paths layers sd": expect.closeTo(Math.sqrt(8 / 9), 12),
      "paths layers most": 3,
      "paths spatial most": 2,
      "paths layers least": 1,
      "paths pools least": 0,
      "paths operators least": 1,
      "paths short layers": expect.closeTo(Math.log((2 * Math.exp(-1) + Math.exp(-3)) / 3), 12),
      "paths short operators": expect.closeTo(Math.log((Math.exp(-1) + Math.exp(-2) + Math.exp(-3)) / 3), 12),
    });
    expect(Object.fromEntries([...summary].filter(([name]) => name.startsWith("segments")))).toEqual({
      "segments segments": 1,
      "segments identity": 1,
      "segments pooled": 1,
      "segments layer-free": expect.closeTo(2 / 3, 12),
      "segments kinds": 3,
      "segments terms": 3,
      "segments sd": expect.closeTo(Math.sqrt(8 / 9), 12),
      "segments most": 2,
      "segments least": 0,
      // Behind the first convolution, which is on every path.
      "segments layer-free stages": 0,
      // Its result, read by the sum, is read by the convolution and the pooling too.
      "segments shortcuts": 1,
    });
    expect(executed.get("operators conv 3x3")).toBe(2);
    expect(executed.get("macs conv 1x1")).toBe(4 * 4 * 64);
  });

  it.each(["fbnet", "mobile"] as const)("tells candidates of %s apart", (name) => {
    const space = createSpace({ name });
    const rng = createRng("features");
    const seen = new Set(
      Array.from({ length: 12 }, () => {
        const { summary, structure } = graphFeatures(space.network(space.sample(rng), usualTask));
        for (const value of [...summary.values(), ...structure.values()]) expect(Number.isFinite(value)).toBe(true);
        return JSON.stringify([...summary, ...structure]);
      }),
    );
    expect(seen.size).toBe(12);
  });
});
