/** Runs a compiled training step again and again. */
import { CandidateError, floatAt, item } from "@archwright/core/base";
import { type Network, NetworkError } from "@archwright/core/ir";
import type { Tensor } from "onnxruntime-web";
import { openEngine } from "../onnxruntime.ts";
import { channelBlock } from "./blocked.ts";
import { type CompiledStep, compileStep, rateNames } from "./compileStep.ts";
import type { OptimiserSettings, StepRates } from "./optimisers.ts";

/** A network in training: its weights and moments, and the compiled step that changes them. */
export interface StepRunner {
  /** To be filled before a step: [batch, …] numbers. */
  readonly images: Float32Array;
  /** To be filled before a step: [batch, classes] probabilities. */
  readonly targets: Float32Array;
  /** One step. @returns the mean loss of the batch, before the step. */
  step(rates: StepRates): Promise<number>;
  /** The weights after the last step; changed by the next but one. */
  readonly weights: Float32Array;
  /** Weights and moments after the last step, as the next one reads them: what is written there, it starts from. */
  readonly state: readonly Float32Array[];
  release(): Promise<void>;
}

type Tensors = Record<string, Tensor>;

/** What onnxruntime throws, as the failure of a candidate. */
function runtimeFailure(error: unknown): CandidateError {
  const message = error instanceof Error ? error.message : String(error);
  const memory = /bad_alloc|failed to allocate|out of memory/i.test(message);
  return new CandidateError(memory ? "out-of-memory" : "runtime", message, { cause: error });
}

function compileCandidate(network: Network, batch: number, settings: OptimiserSettings, block: number): CompiledStep {
  try {
    return compileStep(network, batch, settings, block);
  } catch (error) {
    if (error instanceof NetworkError) throw new CandidateError("invalid-network", error.message, { cause: error });
    throw error;
  }
}

/**
 * Prepares training of a network at a batch size. State is kept twice and each step writes the copy that it does not read,
 * so that no step allocates.
 * @param weights initial weights, laid out as `parameterLayout` says; copied.
 * @throws InputError as `compileStep`.
 * @throws CandidateError where the network mixes the examples of a batch, or onnxruntime gives up.
 */
export async function createStepRunner(
  network: Network,
  weights: Float32Array,
  batch: number,
  settings: OptimiserSettings & { readonly threads?: number },
): Promise<StepRunner> {
  const compiled = compileCandidate(network, batch, settings, await channelBlock());
  const engine = await openEngine();
  // A compiled step has nothing to gain from being optimised (experiments/training-step), and is loaded in a third of the time.
  const session = await engine.createSession(compiled.model, settings.threads ?? 1, false).catch((error) => {
    throw runtimeFailure(error);
  });
  const tensor = (shape: readonly number[], values?: Float32Array) =>
    new engine.Tensor("float32", values ?? new Float32Array(shape.reduce((product, length) => product * length, 1)), [...shape]);
  const images = tensor(compiled.imageShape);
  const targets = tensor(compiled.targetShape);
  const rateTensors = rateNames.map((name) => [name, tensor([])] as const);
  const loss = tensor([]);
  const copies = [0, 1].map((copy) =>
    compiled.state.map((name) => tensor([compiled.size], name === "weights" && copy === 0 ? weights.slice() : undefined)),
  ) as [Tensor[], Tensor[]];
  const fixed: Tensors = { images, targets, ...Object.fromEntries(rateTensors) };
  const feeds = copies.map(
    (copy): Tensors => ({ ...fixed, ...Object.fromEntries(compiled.state.map((name, i) => [name, item(copy, i)])) }),
  );
  const fetches = copies.map(
    (copy): Tensors => ({ loss, ...Object.fromEntries(compiled.state.map((name, i) => [`${name}.next`, item(copy, i)])) }),
  );
  let current: 0 | 1 = 0;
  return {
    images: images.data as Float32Array,
    targets: targets.data as Float32Array,
    async step(rates) {
      for (const [name, scalar] of rateTensors) (scalar.data as Float32Array)[0] = rates[name];
      const other = current === 0 ? 1 : 0;
      await engine.runInto(session, feeds[current] as Tensors, fetches[other] as Tensors).catch((error) => {
        throw runtimeFailure(error);
      });
      current = other;
      return floatAt(loss.data as Float32Array, 0);
    },
    get weights() {
      return copies[current][0]?.data as Float32Array;
    },
    get state() {
      return copies[current].map((vector) => vector.data as Float32Array);
    },
    release: () => session.release(),
  };
}
