/** Models as PyTorch exports them: what is read of them is what PyTorch itself counts. Skipped, saying so, where PyTorch is absent. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { networkCosts, verifyNetwork } from "@archwright/core/ir";
import { readModel } from "@archwright/runtimes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { full } from "./support/tier.ts";

const script = fileURLToPath(new URL("support/exportModels.py", import.meta.url));
// Debian's own Python has Debian's PyTorch; another one may come first on the path.
const python = ["/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import torch"], { stdio: "ignore" }).status === 0,
);
const absent = python === undefined ? ": skipped, because there is no python3 with PyTorch" : "";

const onnxruntime = await import("onnxruntime-node").catch(() => undefined);

/** Small files, of many kinds of operators; in the full tier also the networks of papers. */
const small = ["lstm", "bilstm", "gru", "transformer", "conv1d", "conv3d", "unet", "resampling", "siamese", "tied"];
const names = full ? [...small, "resnet50", "squeezenet11", "mobilenet_v2"] : small;

interface Counted {
  readonly macs: number;
  readonly parameters: number;
  readonly output: readonly number[];
}

describe.skipIf(python === undefined)(`a model that PyTorch exported${absent}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-exported-"));
  let counted: Readonly<Record<string, Counted>>;

  beforeAll(() => {
    const { status, stdout, stderr } = spawnSync(python as string, [script, folder, ...names], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    counted = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(names)("%s", (name) => {
    const { network, unread } = readModel(readFileSync(join(folder, `${name}.onnx`)), `${name}.onnx`, { strict: true });
    verifyNetwork(network);
    expect(unread).toEqual([]);
    const { macs, parameters, output } = counted[name] as Counted;
    const costs = networkCosts(network);
    expect(network.outputs.map((index) => network.nodes[index]?.output.shape)).toEqual([output]);
    expect(costs.macs).toBe(macs);
    expect(costs.parameters).toBe(parameters);
  });

  // What onnxruntime makes of it: operators of its own that stand for several, and images in blocks of channels.
  it.skipIf(onnxruntime === undefined).each(names.flatMap((name) => (["extended", "all"] as const).map((level) => [name, level] as const)))(
    `%s, optimised by onnxruntime: %s${onnxruntime ? "" : ": skipped, because onnxruntime-node is not installed"}`,
    async (name, level) => {
      const optimised = join(folder, `${name}-${level}.onnx`);
      const options = { graphOptimizationLevel: level, optimizedModelFilePath: optimised, logSeverityLevel: 3 } as const;
      const session = await onnxruntime?.InferenceSession.create(join(folder, `${name}.onnx`), options);
      await session?.release();
      const { network } = readModel(readFileSync(optimised), optimised, { strict: true });
      const { macs, parameters, output } = counted[name] as Counted;
      const costs = networkCosts(network);
      expect(network.outputs.map((index) => network.nodes[index]?.output.shape)).toEqual([output]);
      // Blocks of channels are filled up with zeros, which are multiplied too.
      expect(costs.macs).toBeGreaterThanOrEqual(macs);
      expect(costs.macs).toBeLessThanOrEqual(level === "all" ? 1.6 * macs : macs);
      expect(costs.parameters).toBeGreaterThanOrEqual(0.9 * parameters);
    },
    60_000,
  );
});
