/** Networks written as PyTorch modules give what the same networks give as ONNX models. Skipped, saying so, where PyTorch is absent. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createRng,
  createSpace,
  elementCount,
  type Network,
  NetworkBuilder,
  parameterLayout,
  parameterVectorLength,
  parseSpaceYaml,
  resolveSpaceSpec,
  type SpaceSpecInput,
  type Task,
} from "@archwright/core";
import { interpret } from "@archwright/core/testing";
import { exportOnnx, exportTorch, readNpz, writeNpz } from "@archwright/runtimes";
import * as onnxruntime from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caseNumbers, operatorCases } from "../packages/runtimes/src/onnx/operatorCases.ts";
import { createFolder, root } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { pythonWithTorch, torchAbsent } from "./support/pytorch.ts";
import { full } from "./support/tier.ts";

const script = fileURLToPath(new URL("support/runModules.py", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "archwright-pytorch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cli = createFolder();
const origin = ['A "test"'];
const onlyInputOf = (network: Network) => network.nodes.find(({ op }) => op.kind === "input")?.name as string;

function runModules(names: readonly string[]): void {
  const { status, stderr } = spawnSync(pythonWithTorch as string, [script, ...names.map((name) => join(folder, name))], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
}

const outputOf = (name: string) =>
  new Map(readNpz(readFileSync(join(folder, `${name}.out.npz`))).map(({ name, values }) => [name, values]));

function write(name: string, network: Network, weights: Float32Array, input: Float32Array, shape: readonly number[]): void {
  const { code, weights: state } = exportTorch(network, weights, { origin, weightsFile: `${name}.npz` });
  writeFileSync(join(folder, `${name}.py`), code);
  writeFileSync(join(folder, `${name}.npz`), state);
  writeFileSync(join(folder, `${name}.in.npz`), writeNpz([{ name: "input", shape, values: input }]));
}

/** Largest difference, in units of the largest number. */
function difference(found: Float32Array, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  const largest = Math.max(1e-3, ...Array.from(expected, Math.abs));
  return Math.max(...Array.from(found, (value, i) => Math.abs(value - (expected[i] as number)))) / largest;
}

const shapeOf = (network: Network) => network.nodes.find(({ op }) => op.kind === "input")?.output.shape as readonly number[];

/** The network of the best that onnxruntime makes of it. */
async function throughOnnx(network: Network, weights: Float32Array, values: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const session = await onnxruntime.InferenceSession.create(exportOnnx(network, weights), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { output } = await session.run({ input: new onnxruntime.Tensor("float32", values, [...shape]) });
  await session.release();
  return output?.data as Float32Array;
}

/** Every shipped space; the large ones on small images. */
const spaces: readonly (readonly [name: string, spec: SpaceSpecInput, side: number])[] = [
  ["nasbench201", { name: "nasbench201", cells_per_stage: 1, channels: 8 }, 16],
  ["fbnet", { name: "fbnet" }, 32],
  ["mobile", { name: "mobile", activation: "hard-swish" }, 16],
  ...readdirSync(join(root, "configs/spaces"))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => [file, parseSpaceYaml(readFileSync(join(root, "configs/spaces", file), "utf8"), file), 16] as const),
];
const perSpace = full ? 10 : 1;

describe.skipIf(pythonWithTorch === undefined)(`a network as a PyTorch module${torchAbsent}`, () => {
  const cases = operatorCases().map((one, i) => ({
    ...one,
    file: `case${i}`,
    ...caseNumbers(one, createRng(`pytorch/${one.kind}/${one.name}`)),
  }));
  const networks = spaces.flatMap(([name, spec, side]) => {
    const task: Task = { kind: "image-classification", channels: 3, height: side, width: side, classes: 7 };
    const space = createSpace(resolveSpaceSpec(spec, task), task);
    const rng = createRng(`pytorch/${name}`);
    return Array.from({ length: perSpace }, (_, i) => {
      const network = space.network(space.sample(rng), task);
      const weights = new Float32Array(parameterVectorLength(network));
      for (const { spec, offset, size } of parameterLayout(network)) {
        const deviation = Math.sqrt(2 / (spec.shape.length === 4 ? elementCount(spec.shape.slice(1)) : (spec.shape[0] as number)));
        for (let j = offset; j < offset + size; j++) {
          const one = spec.role === "variance" || spec.role === "scale";
          weights[j] = one ? 0.5 + rng.next() : rng.normal() * deviation;
        }
      }
      const input = Float32Array.from({ length: 3 * 3 * side * side }, () => rng.normal());
      return { name, file: `${name.replace(/\W/g, "_")}_${i}`, network, weights, input, shape: [3, 3, side, side] };
    });
  });

  beforeAll(() => {
    for (const { file, network, weights, input } of cases) write(file, network, weights, input, shapeOf(network));
    for (const { file, network, weights, input, shape } of networks) write(file, network, weights, input, shape);
    runModules([...cases, ...networks].map(({ file }) => file));
  }, 300_000);

  it("gives for every operator what the interpreter gives, for any number of examples", () => {
    const wrong = cases.flatMap(({ kind, name, file, network, weights, input }) => {
      const [expected] = interpret(network, { [onlyInputOf(network)]: input }, weights);
      const output = outputOf(file);
      const [whole, part] = [output.get("whole") as Float32Array, output.get("part") as Float32Array];
      const far = Math.max(difference(whole, expected as Float64Array), difference(part, whole.subarray(0, part.length)));
      return far < 2e-5 ? [] : [`${kind} ${name}: ${far}`];
    });
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(80);
  });

  it.each(networks)("gives for $file what onnxruntime gives", async ({ file, network, weights, input, shape }) => {
    const expected = await throughOnnx(network, weights, input, shape);
    expect(difference(outputOf(file).get("whole") as Float32Array, expected)).toBeLessThan(1e-4);
  });

  it("is written by 'export', with the normalisation inside, and replaced where it was written before", async () => {
    cli.write("small.yaml", experiment({ search: { algorithm: "random", evaluations: 2 } }));
    const { trials } = (await cli.json("search", "small.yaml", "--workers", "1")) as { trials: { number: number }[] };
    const trial = String(trials[0]?.number);
    const [module, model] = [join(folder, "net.py"), join(folder, "net.onnx")];
    for (let i = 0; i < 2; i++) {
      expect(await cli.json("export", "small-1", trial, "--format", "pytorch", "--output", module)).toMatchObject({
        format: "pytorch",
        output: module,
        beside: [{ file: join(folder, "net.npz") }],
      });
    }
    await cli.json("export", "small-1", trial, "--format", "onnx", "--output", model);
    const pixels = Float32Array.from({ length: 2 * 64 }, (_, i) => (i % 17) / 16);
    writeFileSync(join(folder, "net.in.npz"), writeNpz([{ name: "input", shape: [2, 1, 8, 8], values: pixels }]));
    runModules(["net"]);
    const session = await onnxruntime.InferenceSession.create(model);
    const { output } = await session.run({ input: new onnxruntime.Tensor("float32", pixels, [2, 1, 8, 8]) });
    expect(difference(outputOf("net").get("whole") as Float32Array, output?.data as Float32Array)).toBeLessThan(1e-4);
    const other = await cli.run("export", "small-1", trial, "--format", "pytorch", "--output", join(folder, "net.pt"));
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/expected: a name that ends in \.py\n {2}write instead: --output .*net\.py/);
  });
});

it("is plain Python that can be read", () => {
  const b = new NetworkBuilder();
  const x = b.input([1, 3, 8, 8]);
  const y = b.activation(b.batchNorm(b.conv2d(x, 4, 3, { stride: 2, padding: [0, 0, 1, 1] })), "relu6");
  const pooled = b.add({ kind: "reduce", fn: "mean", axes: [2, 3], keepDims: false }, [y], "lambda");
  const network = b.build(b.dense(pooled, 2));
  const weights = new Float32Array(parameterVectorLength(network));
  const preprocessing = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2] };
  const { code } = exportTorch(network, weights, { origin: ['Trial 3 of "run"'], weightsFile: "net.npz", preprocessing });
  // Whatever a run or a file is called, it ends neither the docstring nor the line.
  const odd = exportTorch(network, weights, { origin: ['"""\n\\'], weightsFile: 'a"""\n.npz' }).code;
  expect(odd.split('"""')).toHaveLength(5);
  expect(code.slice(code.indexOf("class"), code.indexOf("def load")).trimEnd()).toBe(`class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("input_mean", torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("input_std", torch.tensor([0.2, 0.2, 0.2]).view(1, 3, 1, 1), persistent=False)
        self.conv2d_1 = nn.Conv2d(3, 4, 3, stride=2, bias=False)
        self.batchNorm_2 = nn.BatchNorm2d(4, eps=0.00001)
        self.dense_5 = nn.Linear(4, 2)

    def forward(self, x):
        x = (x - self.input_mean) / self.input_std  # [N, 3, 8, 8]
        conv2d_1 = self.conv2d_1(F.pad(x, (0, 1, 0, 1)))  # [N, 4, 4, 4]
        batchNorm_2 = self.batchNorm_2(conv2d_1)  # [N, 4, 4, 4]
        activation_3 = F.relu6(batchNorm_2)  # [N, 4, 4, 4]
        lambda_ = activation_3.mean(dim=(2, 3))  # [N, 4]
        dense_5 = self.dense_5(lambda_)  # [N, 2]
        return dense_5`);
});
