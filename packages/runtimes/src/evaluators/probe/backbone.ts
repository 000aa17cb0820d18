/** Reads a model whose first layers are candidates, with the weights that they keep. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRng, InputError, type Json } from "@archwright/core/base";
import type { BackboneFile } from "@archwright/core/experiment";
import { type Network, networkToJson, type ParameterSlot, parameterLayout, parameterVectorLength, type Shape } from "@archwright/core/ir";
import { inputShapeOf, type Task } from "@archwright/core/tasks";
import { exportOnnx } from "../../onnx/exportModel.ts";
import type { GraphProto } from "../../onnx/proto.ts";
import { decoded } from "../../onnx/read/file.ts";
import { OnnxNode } from "../../onnx/read/graph/onnxNode.ts";
import { readOnnx } from "../../onnx/read/readOnnx.ts";
import { freeName } from "../../onnx/read/values/state.ts";
import { tensorFloats } from "../../onnx/tensorFloats.ts";
import { openEngine } from "../../onnxruntime.ts";

/** The bytes of a model. @throws InputError where there is no such file. */
export function readBackboneFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new InputError(`the model cannot be read: ${(error as Error).message}`, {
      place: { file },
      expected: "the path of an ONNX file",
    });
  }
}

/** SHA-256. */
export const backboneHash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The network of a model and which file it is. Sizes that the model leaves open are the task's. @throws InputError where it can be no backbone. */
export function readBackbone(file: string, task: Task): BackboneFile {
  const bytes = readBackboneFile(file);
  const network = networkToJson(backboneNetwork(bytes, file, { task })) as Readonly<Record<string, Json>>;
  return { network, contentHash: backboneHash(bytes) };
}

interface BackboneOptions {
  readonly task: Task;
  /** As for `readOnnx`. */
  readonly allStores?: boolean;
}

function backboneNetwork(bytes: Uint8Array, file: string, { task, allStores = false }: BackboneOptions): Network {
  const { graph } = decoded(bytes, file);
  const shape = sizesFor(graph, inputShapeOf(task));
  const { network } = readOnnx(bytes, file, { strict: true, allStores, ...(shape ? { input: { shape } } : {}) });
  const inputs = network.nodes.filter(({ op }) => op.kind === "input");
  const [image] = inputs;
  if (inputs.length !== 1 || image?.output.shape.length !== 4 || image.output.format !== "float32") {
    const found = inputs.map(({ output }) => `${output.format} [${output.shape.join(", ")}]`);
    throw new InputError(`the model takes ${found.join(" and ") || "nothing"}`, {
      place: { file },
      expected: "one input: images in float32, [batch, channels, height, width]",
    });
  }
  return network;
}

/** The shape of the model's input, with the task's sizes where it leaves them open; undefined where it has no four axes. */
function sizesFor({ input = [], initializer = [] }: GraphProto, image: Shape): Shape | undefined {
  const stored = new Set(initializer.map(({ name }) => name));
  const dimensions = input.find(({ name }) => !stored.has(name))?.type?.tensorType?.shape?.dim;
  if (dimensions?.length !== 4) return undefined;
  return dimensions.map(({ dimValue = 0 }, axis) => (dimValue > 0 ? dimValue : axis === 0 ? 1 : (image[axis] as number)));
}

/** The weights of a backbone by the names of `parameterLayout`. */
export type FrozenWeights = ReadonlyMap<string, Float32Array>;

/**
 * The weights of a model as those of its network. That they are is tried: both are run on one random image.
 * @throws InputError where they cannot be read, or the network computes something else than the model.
 */
export async function readFrozenWeights(bytes: Uint8Array, file: string, task: Task): Promise<FrozenWeights> {
  const network = backboneNetwork(bytes, file, { task, allStores: true });
  const stored = storedTensors(decoded(bytes, file).graph);
  const weights = new Map(parameterLayout(network).map((slot) => [slot.name, valuesOf(slot, network, stored, file)]));
  await checkSame(bytes, file, network, weights);
  return weights;
}

interface Stored {
  /** By the names under which the network knows them. */
  readonly tensors: ReadonlyMap<string, { readonly dims: Shape; readonly values: Float32Array | undefined }>;
  /** Matrices that are multiplied transposed. */
  readonly transposed: ReadonlySet<string>;
}

/** The name that a tensor has as a store of the network. */
const storeName = (tensor: string) => freeName(new Map(), tensor);

function storedTensors({ initializer = [], node = [] }: GraphProto): Stored {
  const nodes = node.map((one) => new OnnxNode(one));
  const constants = nodes.flatMap((one) => {
    const tensor = one.type === "Constant" ? one.tensor("value") : undefined;
    return tensor ? [{ ...tensor, name: one.outputs[0] ?? "" }] : [];
  });
  const products = nodes.filter((one) => one.type === "Gemm" && one.int("transB", 0) !== 0);
  return {
    tensors: new Map(
      [...initializer, ...constants].map((tensor) => [
        storeName(tensor.name ?? ""),
        { dims: (tensor.dims ?? []).map(Number), values: tensorFloats(tensor) },
      ]),
    ),
    transposed: new Set(products.map((one) => storeName(one.inputs[1] ?? ""))),
  };
}

function valuesOf({ node: index, name, spec, size }: ParameterSlot, { nodes }: Network, stored: Stored, file: string): Float32Array {
  const node = nodes[index];
  const store = node?.stored?.[spec.role] ?? "";
  const found = stored.tensors.get(store);
  if (found?.values?.length !== size) {
    throw new InputError(`the weights '${name}' cannot be read`, {
      place: { file },
      expected: "every weight as a float32 tensor of the model's own file",
      advice: "export the model in float32 and as one file, without quantisation",
    });
  }
  const [rows = 0, columns = 0] = found.dims;
  const turned = node?.op.kind === "dense" && (stored.transposed.has(store) || rows !== spec.shape[0]);
  return turned ? transposed(found.values, rows, columns) : found.values;
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);
}

/** The weights of a network in one vector; zero where there are none of a parameter's name. */
export function weightVector(network: Network, weights: FrozenWeights): Float32Array {
  const vector = new Float32Array(parameterVectorLength(network));
  for (const { name, offset } of parameterLayout(network)) vector.set(weights.get(name) ?? [], offset);
  return vector;
}

/** Of the largest number that the model gives. What only adds up in another order stays far below. */
const tolerance = 1e-3;

async function checkSame(bytes: Uint8Array, file: string, network: Network, weights: FrozenWeights): Promise<void> {
  const shape = network.nodes.find(({ op }) => op.kind === "input")?.output.shape as Shape;
  const rng = createRng("a random image");
  const image = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => rng.normal());
  const written = exportOnnx(network, weightVector(network, weights), { batch: shape[0] as number });
  const [expected, found] = [await outputsOf(bytes, image, shape, file), await outputsOf(written, image, shape, file)];
  const largest = Math.max(1e-6, ...expected.map(Math.abs));
  const apart = expected.findIndex((value, i) => !(Math.abs(value - (found[i] ?? Number.NaN)) <= tolerance * largest));
  if (apart < 0 && found.length === expected.length) return;
  throw new InputError(
    `the model as it was read gives ${found[apart]} for a random image where the model itself gives ${expected[apart]}`,
    {
      place: { file },
      expected: "a model of convolutions, normalisations, activations, pooling and dense layers, each with its own stored weights",
    },
  );
}

/** The numbers of every output, one after the other. */
async function outputsOf(model: Uint8Array, image: Float32Array, shape: Shape, file: string): Promise<number[]> {
  const engine = await openEngine();
  try {
    const session = await engine.createSession(model, 1);
    try {
      const input = new engine.Tensor("float32", image, [...shape]);
      const results = await session.run({ [session.inputNames[0] as string]: input });
      return session.outputNames.flatMap((name) => Array.from(results[name]?.data as Float32Array));
    } finally {
      await session.release();
    }
  } catch (error) {
    throw new InputError(`onnxruntime cannot run the model: ${(error as Error).message.split("\n")[0]}`, { place: { file } });
  }
}
