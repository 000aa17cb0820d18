import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InputError } from "../base/index.ts";
import { networkCosts, nodeCosts } from "../ir/index.ts";
import { publishedTables } from "../testing/publishedTables.fixture.ts";
import { nasbench201 } from "./nasbench201.ts";
import type { Task } from "./searchSpace.ts";

const cifar10: Task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 };

/**
 * What the counter behind the published columns counts, found by comparing with the table: learned numbers without running
 * statistics; one operation for each multiply-accumulate and each addition of a bias (the classifier's), nothing else.
 */
function publishedCounts(text: string, cellsPerStage: number): readonly [parameters: number, operations: number] {
  const space = nasbench201({ cells_per_stage: cellsPerStage, channels: 16 });
  const network = space.network(space.parse(text), cifar10);
  let [parameters, operations] = [0, 0];
  nodeCosts(network).forEach((costs, i) => {
    const node = network.nodes[i];
    parameters += costs.parameters;
    operations += costs.macs;
    if (node && (node.op.kind === "dense" || node.op.kind === "conv2d") && node.op.bias) operations += costs.flops - 2 * costs.macs;
  });
  return [parameters, operations];
}

const printed = ([parameters, operations]: readonly [number, number]) => [(parameters / 1e6).toFixed(6), (operations / 1e6).toFixed(5)];

// The whole table takes seconds: in the full tier.
const tables = publishedTables("nasbench201").slice(0, process.env.MODE === "full" ? undefined : 1);

describe("nasbench201", () => {
  it.each(tables)(
    "has the published parameters and operations, to the printed digits, in all networks of the $label",
    ({ label, folder }) => {
      const [head = "", ...rows] = readFileSync(`${folder}accuracy.csv`, "utf8").trim().split("\n");
      const columns = head.split(",");
      const [paramsAt, flopsAt] = [columns.indexOf("params_m"), columns.indexOf("flops_m")];
      const empty = publishedCounts((rows[0] as string).split(",")[0] as string, 0);
      const wrong: unknown[] = [];
      const seen = new Set<string>();
      rows.forEach((row, i) => {
        const cells = row.split(",");
        const text = cells[0] as string;
        seen.add(text);
        // The cells of a stage are equal, so both counts grow by the same for every cell: networks of one cell a stage tell
        // those of five. Every 50th network is also counted whole.
        const one = publishedCounts(text, 1);
        const five = [empty[0] + 5 * (one[0] - empty[0]), empty[1] + 5 * (one[1] - empty[1])] as const;
        const published = [cells[paramsAt], cells[flopsAt]];
        if (String(printed(five)) !== String(published)) wrong.push({ text, published, printed: printed(five) });
        if (i % 50 === 0 && String(publishedCounts(text, 5)) !== String(five)) wrong.push({ text, five, whole: publishedCounts(text, 5) });
      });
      expect(wrong.slice(0, 5)).toEqual([]);
      expect(seen.size).toBe(label === "excerpt" ? 625 : 15_625);
    },
    60_000,
  );

  it("counts the table's first network without the table", () => {
    // accuracy.csv, first row: params_m 0.129306, flops_m 15.64737.
    const text = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|";
    expect(printed(publishedCounts(text, 5))).toEqual(["0.129306", "15.64737"]);
  });

  it("enumerates the texts of the space, each once", () => {
    const space = nasbench201();
    expect(new Set([...space.enumerate()].map((g) => space.format(g))).size).toBe(15_625);
    expect(space.size).toBe(15_625n);
  });

  it("keeps a cell that gives only zeros, and what feeds nothing", () => {
    const space = nasbench201();
    const zero = space.network(space.parse("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|"), cifar10);
    expect(zero.nodes.filter((node) => node.op.kind === "constant")).toHaveLength(2 * 15);
    // The fifteen unused convolutions stay: 9 · (16² + 32² + 64²) weights each stage of five, and their scales and shifts.
    const without = space.network(space.parse("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"), cifar10);
    const unused = 5 * 9 * (16 ** 2 + 32 ** 2 + 64 ** 2) + 5 * 2 * (16 + 32 + 64);
    expect(networkCosts(zero).parameters - networkCosts(without).parameters).toBe(unused);
  });

  it.each([
    ["|nor_conv_3x3~0|+|none~0|skip_connect~1|", /six operations/, undefined],
    ["|nor_conv_3x3~0|+|none~0|skip_conect~1|+|none~0|none~1|none~2|", /one of none/, "skip_connect"],
    ["|nor_conv_3x3~1|+|none~0|none~1|+|none~0|none~1|none~2|", /six operations/, "nor_conv_3x3~0"],
    ["|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2", /six operations/, undefined],
    ["", /six operations/, undefined],
  ])("says what is wrong with '%s'", (text, expected, suggestion) => {
    const parse = () => nasbench201().parse(text);
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(expected);
    if (suggestion) expect(parse).toThrow(`write instead: ${suggestion}`);
  });
});
