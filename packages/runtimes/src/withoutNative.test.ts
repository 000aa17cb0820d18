/** Where onnxruntime's native library is not installed, its WebAssembly build does the same work and is named. */
import { createRng } from "@archwright/core/base";
import { expect, it, vi } from "vitest";
import { probeEngines } from "./engines.ts";
import { createOnnxRuntime } from "./measure/index.ts";
import { referenceNetwork } from "./measure/referenceNetwork.ts";
import { chooseEngine, openEngine } from "./onnxruntime.ts";
import { evaluateAccuracy, train } from "./training/index.ts";
import { options, smallNetwork, stripes } from "./training/stripes.fixture.ts";

vi.mock("onnxruntime-node", () => {
  throw new Error("Cannot find package 'onnxruntime-node'");
});

// WebAssembly on a busy machine takes many times the two seconds that it takes on a quiet one.
vi.setConfig({ testTimeout: 120_000 });

it("trains what holds for unseen images, with the same bits each time", async () => {
  expect(await openEngine()).toMatchObject({ name: "onnxruntime-web", provider: "wasm" });
  const network = smallNetwork();
  const once = await train(network, stripes(500, 1), options, { rng: createRng(3) });
  const again = await train(network, stripes(500, 1), options, { rng: createRng(3) });
  expect(again).toEqual(once);
  expect(await evaluateAccuracy(network, once.weights, stripes(200, 2))).toBeGreaterThan(90);
});

it("measures, and says of a measurement what took it", async () => {
  const { runtime, value } = await createOnnxRuntime({ sampling: { maxSeconds: 0.5 } }).measure(referenceNetwork());
  expect(runtime).toMatch(/^onnxruntime-web \d+\.\d+\.\d+, wasm, 1 thread, float32, all graph optimisations; 20th percentile$/);
  expect(value).toBeGreaterThan(0);
});

it("is no fault: training and measuring work, by the slower engine", async () => {
  const states = await probeEngines();
  expect(states.find(({ name }) => name === "training and measuring")).toMatchObject({
    version: expect.stringContaining("onnxruntime-web"),
    required: true,
  });
  expect(states.find(({ name }) => name === "onnxruntime-node")).toMatchObject({
    error: expect.any(String),
    required: false,
  });
});

it("with neither, says why each could not be loaded", async () => {
  const absent = (name: string) => () => Promise.reject(new Error(`${name} is absent\nrequire stack`));
  await expect(chooseEngine({ "onnxruntime-node": absent("native"), "onnxruntime-web": absent("wasm") })).rejects.toThrow(
    "no onnxruntime can be loaded: onnxruntime-node: native is absent; onnxruntime-web: wasm is absent",
  );
});
