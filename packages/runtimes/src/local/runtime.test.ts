import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { NetworkBuilder, parameterLayout } from "@archwright/core/ir";
import { deviceRuntimeConformance } from "@archwright/core/testing";
import { describe, expect, it } from "vitest";
import { randomWeights, referenceNetwork } from "./referenceNetwork.ts";
import { createLocalRuntime } from "./runtime.ts";

// What is measured on a test machine need not be exact: half a second is enough for each.
const quick = { maxSeconds: 0.5 };

deviceRuntimeConformance("onnxruntime-node on this machine", () => createLocalRuntime({ sampling: quick }));

describe("createLocalRuntime", () => {
  it("reports engine, version, settings and at least 100 repetitions", async () => {
    const measurement = await createLocalRuntime({ sampling: quick }).measure(referenceNetwork());
    expect(measurement.runtime).toMatch(
      /^onnxruntime-node \d+\.\d+\.\d+, cpu, 1 thread, float32, all graph optimisations; 20th percentile$/,
    );
    expect(measurement.repetitions).toBeGreaterThanOrEqual(100);
  });

  it("calls weights that do not fit an invalid network", async () => {
    await expect(createLocalRuntime({ sampling: quick }).measure(referenceNetwork(), new Float32Array(3))).rejects.toMatchObject({
      name: "CandidateError",
      code: "invalid-network",
    });
  });
});

describe("randomWeights", () => {
  it("are the same every time, of He's variance, and neutral where they normalise", () => {
    const b = new NetworkBuilder();
    const network = b.build(b.batchNorm(b.conv2d(b.input([1, 16, 8, 8]), 64, 3, { bias: true })));
    const weights = randomWeights(network, "x");
    expect(randomWeights(network, "x")).toEqual(weights);
    for (const { spec, offset, size } of parameterLayout(network)) {
      const values = weights.subarray(offset, offset + size);
      const square = values.reduce((sum, value) => sum + value ** 2, 0) / size;
      // 9,216 weights of variance 2 / (16 · 9): the standard error of the mean square is 1.5 %, the tolerance 5 %.
      if (spec.role === "weight") expect(square / (2 / 144)).toBeCloseTo(1, 1);
      else expect(new Set(values)).toEqual(new Set([spec.role === "scale" || spec.role === "variance" ? 1 : 0]));
    }
  });
});

describe("importing the package", () => {
  it("loads neither onnxruntime nor sharp", () => {
    const program = `
      await import("@archwright/runtimes");
      const { createRequire } = await import("node:module");
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /onnxruntime-node|node_modules.sharp/.test(file));
      const libraries = process.report.getReport().sharedObjects.filter((file) => /onnxruntime|libvips/.test(file));
      console.log(JSON.stringify([...loaded, ...libraries]));`;
    const output = execFileSync(
      process.execPath,
      ["--conditions=archwright-source", "--import", "tsx", "--input-type=module", "--eval", program],
      { cwd: fileURLToPath(new URL("../../", import.meta.url)), encoding: "utf8" },
    );
    expect(JSON.parse(output)).toEqual([]);
  });
});
