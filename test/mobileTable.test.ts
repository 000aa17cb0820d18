/** The recorded tables of networks of `mobile` and of a space in YAML are what their README says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createAnalyticModel, createRng, networkCosts, parseDeviceProfile, parseTable, quantile, tableColumn } from "@archwright/core";
import { evaluateAccuracy, loadDataset, train } from "@archwright/runtimes";
import { expect, it } from "vitest";
import { dataset, drawn, spaceOf, task, training } from "../experiments/mobile-table/setting.ts";
import { root } from "./support/cli.ts";
import { full } from "./support/tier.ts";

const folder = join(root, "experiments/mobile-table");
const table = parseTable(readFileSync(join(folder, "table.csv"), "utf8"), "table.csv");
const readme = readFileSync(join(folder, "README.md"), "utf8");
const space = spaceOf(join(folder, "space.yaml"));
const cell = (column: string, row: number) => tableColumn(table, column)[row] as number;

it("has the 600 networks that the draw gives, with every accuracy", () => {
  expect(table.architectures).toEqual(drawn(space, 600));
  for (const [name, values] of table.columns) expect([name, values.every((value) => value > 0)]).toEqual([name, true]);
});

it("has shares of 270 and 267 images, and their means over three seeds", () => {
  for (const [set, images] of [
    ["validation", 270],
    ["test", 267],
  ] as const) {
    for (let row = 0; row < 600; row++) {
      const seeds = [1, 2, 3].map((seed) => cell(`${set}_${seed}`, row));
      for (const percent of seeds) expect(Math.abs((percent * images) / 100 - Math.round((percent * images) / 100))).toBeLessThan(0.002);
      expect(Math.abs(cell(set, row) - seeds.reduce((a, b) => a + b, 0) / 3)).toBeLessThan(0.001);
    }
  }
});

it("is beside one of 200 networks of tiny-convs, with two seeds", () => {
  const tiny = parseTable(readFileSync(join(folder, "tiny-convs.csv"), "utf8"), "tiny-convs.csv");
  expect(tiny.architectures).toEqual(drawn(spaceOf(join(root, "configs/spaces/tiny-convs.yaml")), 200));
  const [first, second, mean] = ["validation_1", "validation_2", "validation"].map((column) => tableColumn(tiny, column));
  tiny.architectures.forEach((_, row) => {
    const [a, b, m] = [first, second, mean].map((values) => values?.[row] as number) as [number, number, number];
    expect(Math.abs((a + b) / 2 - m)).toBeLessThan(0.001);
  });
});

it("spreads as the README says", () => {
  const quartiles = [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(tableColumn(table, "validation"), share).toFixed(2));
  expect(readme.replaceAll(/ +/g, " ")).toContain(`| validation | ${quartiles.join(" | ")} |`);
});

it("has the costs that the networks have today", () => {
  const models = ["stm32f746", "phone-cpu"].map((name) => {
    const file = join(root, `configs/devices/${name}.yaml`);
    return createAnalyticModel(parseDeviceProfile(readFileSync(file, "utf8"), file));
  });
  for (let row = 0; row < 600; row += 25) {
    const network = space.network(space.parse(table.architectures[row] as string), task);
    const { parameters, macs } = networkCosts(network);
    expect([cell("parameters", row), cell("macs", row)]).toEqual([parameters, macs]);
    const latencies = models.map((model) => Number(model.estimate(network).costs.latencyMs?.value.toPrecision(6)));
    expect([cell("stm32f746_ms", row), cell("phone_cpu_ms", row)]).toEqual(latencies);
  }
});

// Another processor may round otherwise, and an image or two fall on the other side.
it.runIf(full)("has accuracies that training again gives", async () => {
  const data = await loadDataset(dataset);
  const cheapest = [...table.architectures.keys()].sort((a, b) => cell("macs", a) - cell("macs", b)).slice(0, 3);
  for (const row of cheapest) {
    const architecture = table.architectures[row] as string;
    const network = space.network(space.parse(architecture), task);
    const { weights } = await train(network, data.train, training, { rng: createRng(`${architecture} 1`) });
    expect(Math.abs((await evaluateAccuracy(network, weights, data.validation)) - cell("validation_1", row))).toBeLessThan(3);
  }
});
