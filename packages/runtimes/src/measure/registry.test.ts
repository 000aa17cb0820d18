import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { deviceRuntimeConformance } from "@archwright/core/testing";
import { describe, expect, it } from "vitest";
import { createOnnxRuntime, openRuntime, runtimes } from "./index.ts";
import { referenceNetwork } from "./referenceNetwork.ts";

// What is measured on a test machine need not be exact: half a second is enough for each.
const quick = { maxSeconds: 0.5 };

for (const name of Object.keys(runtimes)) {
  deviceRuntimeConformance(name, () => openRuntime(name, { device: "local", ...quick }));
}

describe("openRuntime", () => {
  it("refuses a runtime that this program does not know", () => {
    expect(() => openRuntime("toString", { device: "local" })).toThrow("there is no runtime 'toString' here");
  });
});

describe("createOnnxRuntime", () => {
  it("reports engine, version, settings and at least 100 repetitions", async () => {
    const measurement = await createOnnxRuntime({ sampling: quick }).measure(referenceNetwork());
    expect(measurement.runtime).toMatch(
      /^onnxruntime-node \d+\.\d+\.\d+, cpu, 1 thread, float32, all graph optimisations; 20th percentile$/,
    );
    expect(measurement.repetitions).toBeGreaterThanOrEqual(100);
  });

  it("calls weights that do not fit an invalid network", async () => {
    await expect(createOnnxRuntime({ sampling: quick }).measure(referenceNetwork(), new Float32Array(3))).rejects.toMatchObject({
      name: "CandidateError",
      code: "invalid-network",
    });
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
