/** A network loaded into onnxruntime, ready to be timed. */
import { CandidateError, createRng, InputError } from "@archwright/core/base";
import { type Network, ShapeError } from "@archwright/core/ir";
import type { InferenceSession, OnnxValue } from "onnxruntime-web";
import { exportOnnx } from "../onnx/index.ts";
import type { Engine } from "../onnxruntime.ts";

/** One network, loaded and ready to run on fixed input. */
export interface LoadedNetwork {
  /** Whether all that the network gave for its input were finite numbers. */
  readonly finite: boolean;
  run(): Promise<unknown>;
  release(): Promise<void>;
}

function randomInput(engine: Engine, metadata: InferenceSession.ValueMetadata): OnnxValue {
  if (!metadata.isTensor) throw new Error(`input '${metadata.name}' is not a tensor`);
  const shape = metadata.shape.map(Number);
  const size = shape.reduce((product, side) => product * side, 1);
  const rng = createRng("local runtime input");
  switch (metadata.type) {
    case "float32":
      return new engine.Tensor(
        "float32",
        Float32Array.from({ length: size }, () => rng.normal()),
        shape,
      );
    case "int32":
      return new engine.Tensor("int32", new Int32Array(size), shape);
    case "int64":
      return new engine.Tensor("int64", new BigInt64Array(size), shape);
    default:
      throw new Error(`input '${metadata.name}' has the type ${metadata.type}`);
  }
}

/** A failure of the network, with the code that fits what went wrong. */
function candidateError(error: unknown): CandidateError {
  if (error instanceof CandidateError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ShapeError || error instanceof InputError) return new CandidateError("invalid-network", message, { cause: error });
  const memory = /bad_alloc|failed to allocate|out of memory|array buffer allocation failed/i.test(message);
  return new CandidateError(memory ? "out-of-memory" : "runtime", message, { cause: error });
}

/**
 * Writes the network as ONNX (batch size 1) and loads it on the CPU with all graph optimisations.
 * @throws CandidateError where it cannot be written, loaded or run.
 */
export async function loadNetwork(engine: Engine, network: Network, weights: Float32Array, threads: number): Promise<LoadedNetwork> {
  let session: InferenceSession | undefined;
  try {
    const loaded = await engine.createSession(exportOnnx(network, weights, { batch: 1 }), threads);
    session = loaded;
    const feeds = Object.fromEntries(loaded.inputMetadata.map((metadata) => [metadata.name, randomInput(engine, metadata)]));
    const outputs = Object.values(await loaded.run(feeds));
    const finite = outputs.every(({ data }) => (data as Float32Array).every(Number.isFinite));
    return { finite, run: () => loaded.run(feeds), release: () => loaded.release() };
  } catch (error) {
    await session?.release();
    throw candidateError(error);
  }
}
