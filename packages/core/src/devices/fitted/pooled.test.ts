/** Fitted devices of several spaces and of files: what they say of networks that are none of theirs. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../base/index.ts";
import { NetworkBuilder } from "../../ir/index.ts";
import { learnLatencyPredictor, networkTerms } from "../../latency/index.ts";
import { createSpace, type SpaceSpec, type Task } from "../../spaces/index.ts";
import { foreignNetworks } from "../../testing/networks/foreignNetworks.ts";
import { shippedProfiles } from "../../testing/shippedDevices.ts";
import { createAnalyticModel } from "../analytic.ts";
import { describeSpace, sampleSpace } from "./describeSpace.ts";
import { fitDevice, fitSpace, predictNetwork } from "./device.ts";

const spec: SpaceSpec = { name: "nasbench201", cells_per_stage: 5, channels: 16 };
const task: Task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 };
const space = createSpace(spec, task);
const architectures = sampleSpace(spec, task, 40, 0);
const profile = shippedProfiles().find(({ name }) => name === "laptop-cpu");
if (!profile) throw new Error("the profile is shipped");
const model = createAnalyticModel(profile);
const truth = (network: Parameters<typeof model.estimate>[0]) => model.estimate(network).costs.latencyMs?.value as number;
const cells = fitSpace({
  space: spec,
  task,
  predictor: learnLatencyPredictor("default", { architectures, devices: [] }, describeSpace(spec, task)),
  sources: [],
  architectures,
  measurements: architectures
    .slice(0, 10)
    .map((text) => ({ architecture: text, latencyMs: truth(space.network(space.parse(text), task)) })),
});
const foreign = foreignNetworks("pooled", 12);
const about = { name: "board", measuredOn: null, fittedAt: "2026-11-26T00:00:00.000Z" };
const device = fitDevice({ ...about, spaces: [cells], files: [] });
const file = ({ name, network }: (typeof foreign)[number]) => ({ file: name, latencyMs: truth(network), terms: networkTerms(network) });

describe("a device fitted to ten cells", () => {
  it("estimates networks of other kinds within their intervals, and says that it extrapolates", () => {
    const estimates = foreign.map(({ network }) => ({ ...predictNetwork(device, network), truth: truth(network) }));
    expect(estimates.filter(({ low95Ms, high95Ms, truth }) => low95Ms <= truth && truth <= high95Ms).length).toBeGreaterThan(9);
    for (const { warnings, low95Ms, latencyMs, high95Ms, sdMs } of estimates) {
      expect(warnings.join()).toMatch(/unlike what was measured on 'board'.*(were|none was) measured/);
      expect(low95Ms).toBeLessThan(latencyMs);
      expect(high95Ms).toBeGreaterThan(latencyMs);
      expect(sdMs).toBeGreaterThan(0);
    }
  });

  it("is less sure where operators were estimated around, and says of how much", () => {
    const build = (estimated: boolean) => {
      const b = new NetworkBuilder();
      const x = b.conv2d(b.input([1, 3, 32, 32]), 16, 3);
      const op = {
        kind: "opaque",
        name: "Unknown",
        shape: [1, 16, 32, 32],
        work: "move",
        macs: 0,
        operations: 0,
        parameters: 0,
        estimated,
      } as const;
      return b.build(b.globalAveragePool(b.conv2d(b.add(op, [x]), 16, 3)));
    };
    const [known, guessed] = [predictNetwork(device, build(false)), predictNetwork(device, build(true))];
    expect(guessed.latencyMs).toBe(known.latencyMs);
    expect(guessed.low95Ms).toBeLessThan(known.low95Ms);
    expect(guessed.high95Ms).toBeGreaterThan(known.high95Ms);
    expect(guessed.warnings.join()).toMatch(/\d % of what the network moves is moved by operators of guessed cost/);
  });

  it("is surer of its own cells, without a warning", () => {
    const [text] = architectures.slice(20);
    const network = space.network(space.parse(text as string), task);
    const { warnings, latencyMs } = predictNetwork(device, network);
    expect(warnings).toEqual([]);
    expect(Math.abs(latencyMs / truth(network) - 1)).toBeLessThan(0.1);
  });

  it("is surer of mobile networks once some were measured", () => {
    const mobile = foreignNetworks("mobile", 60).filter(({ family }) => family === "mobile");
    const more = fitDevice({ ...about, spaces: [cells], files: mobile.slice(0, 4).map(file) });
    const width = (of: typeof device) =>
      mobile.slice(4).reduce((sum, { network }) => {
        const { low95Ms, high95Ms } = predictNetwork(of, network);
        return sum + Math.log(high95Ms / low95Ms);
      }, 0);
    expect(width(more)).toBeLessThan(0.7 * width(device));
  });
});

describe("a device fitted to files alone", () => {
  it("needs three of them, with latencies", () => {
    const files = foreign.slice(0, 3).map(file);
    expect(fitDevice({ ...about, spaces: [], files }).spaces).toEqual([]);
    expect(() => fitDevice({ ...about, spaces: [], files: files.slice(0, 2) })).toThrow(InputError);
    const zero = files.map((one, i) => (i === 1 ? { ...one, latencyMs: 0 } : one));
    expect(() => fitDevice({ ...about, spaces: [cells], files: zero })).toThrow("is 0");
  });
});
