/** A search over the layers of a given ONNX model, scored by linear classifiers behind them; through the command line. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createRng, NetworkBuilder } from "@archwright/core";
import { exportOnnx, initialWeights } from "@archwright/runtimes";
import { expect, it } from "vitest";
import { createFolder, root } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { commandLineIn } from "./support/inProcess.ts";
import { full } from "./support/tier.ts";

const folder = createFolder();
const { run, json } = await commandLineIn(folder.path);

/** A convolution, a depthwise one and a strided one, with random weights. */
function backbone(): Uint8Array {
  const b = new NetworkBuilder();
  const stem = b.activation(b.batchNorm(b.conv2d(b.input([1, 3, 16, 16]), 16, 3)), "relu");
  const next = b.activation(b.batchNorm(b.depthwise(stem, 3)), "relu");
  const last = b.activation(b.batchNorm(b.conv2d(next, 32, 3, { stride: 2 })), "relu");
  const network = b.build(b.dense(b.globalAveragePool(last), 5));
  return exportOnnx(network, initialWeights(network, createRng("backbone")));
}

folder.write("models/backbone.onnx", backbone());

const probe = (changes: Readonly<Record<string, unknown>> = {}) =>
  experiment({
    name: "probe",
    dataset: undefined,
    training: undefined,
    probe: { dataset: { kind: "digits", limit: 200 } },
    space: { name: "backbone", model: "models/backbone.onnx" },
    search: { evaluations: 20 },
    devices: [{ name: "stm32f746", budgets: { peak_memory: "24KiB" } }],
    ...changes,
  });

interface Found {
  readonly summary: { readonly evaluations: number; readonly failures: object };
  readonly trials: readonly {
    readonly number: number;
    readonly architecture: string;
    readonly accuracy: number;
    readonly test_accuracy: number;
  }[];
}

it("finds a front of cuts, whose exported models take the images as they are and are as accurate as it says", async () => {
  folder.write("probe.yaml", probe());
  const { summary, trials } = (await json("search", "probe.yaml")) as Found;
  expect(summary).toMatchObject({ evaluations: 12, failures: {} });
  const best = [...trials].sort((a, b) => b.accuracy - a.accuracy)[0] as Found["trials"][number];
  expect(best.architecture).toMatch(/ g2$/);
  expect(best.test_accuracy).toBeGreaterThan(60);
  const model = join(folder.path, "best.onnx");
  await json("export", "probe-1", String(best.number), "--output", model);
  expect(accuracyOf(model)).toBeCloseTo(best.test_accuracy, 4);
  const again = (await json("pareto", "probe-1")) as Found;
  expect(again.trials.map(({ architecture }) => architecture)).toEqual(trials.map(({ architecture }) => architecture));
});

it.runIf(full)("gives the backbone the pixels themselves where that is asked for, in search and export alike", async () => {
  folder.write(
    "pixels.yaml",
    probe({ name: "pixels", probe: { dataset: { kind: "digits", limit: 200 }, mean: 0, std: 1 }, search: { evaluations: 2 } }),
  );
  const { trials } = (await json("search", "pixels.yaml")) as Found;
  const [{ number, test_accuracy }] = trials as [Found["trials"][number]];
  const model = join(folder.path, "pixels.onnx");
  await json("export", "pixels-1", String(number), "--output", model);
  expect(accuracyOf(model)).toBeCloseTo(test_accuracy, 4);
});

it.each([
  [{ space: "mobile" }, /probe.yaml:\d+:\d+: a probe stands behind layers[\s\S]*model: mobilenet.onnx/],
  [{ space: { name: "backbone", model: "models/none.onnx" } }, /none.onnx: the model cannot be read/],
  [{ space: { name: "backbone", model: "models/backbone.onnx", cuts: ["nowhere"] } }, /no node 'nowhere' that gives images/],
  [{ probe: { dataset: "digits", mean: [0, 0, 0], std: 1 } }, /'mean' and 'std' are of 3 and 1 channels, and the images have 1/],
  [{ probe: { dataset: "digits", mean: 0 } }, /mean and std go together/],
])("refuses %j, saying what to write instead", async (changes, said) => {
  folder.write("bad/probe.yaml", probe(changes).replace("models/", "../models/"));
  const { code, stderr } = await run("search", "bad/probe.yaml");
  expect(stderr).toMatch(said);
  expect(code).toBe(2);
});

/** By a program that imports nothing of ours. */
function accuracyOf(model: string): number {
  const script = join(root, "test/support/check-exported.mjs");
  const { stdout, stderr } = spawnSync(process.execPath, [script, model], { encoding: "utf8" });
  expect(stderr).toBe("");
  return (JSON.parse(stdout) as { readonly accuracy: number }).accuracy;
}
