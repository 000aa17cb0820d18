/** onnxruntime, which trains and measures: its native library where that is installed and loads, else its WebAssembly build. */
import type { InferenceSession, Tensor } from "onnxruntime-web";

type OnnxRuntime = typeof import("onnxruntime-web");
type Tensors = Readonly<Record<string, Tensor>>;

/** The packages that hold onnxruntime, the faster one first. */
export const runtimePackages = ["onnxruntime-node", "onnxruntime-web"] as const;
export type RuntimePackage = (typeof runtimePackages)[number];

/** An onnxruntime that works on this machine. */
export interface Engine {
  readonly name: RuntimePackage;
  readonly version: string;
  readonly Tensor: OnnxRuntime["Tensor"];
  /** Where it computes: `cpu` is the native library, `wasm` WebAssembly. */
  readonly provider: "cpu" | "wasm";
  /**
   * Loads a model for the CPU. Each session gives the same bits every time while `threads` is 1.
   * @param optimise whether onnxruntime rewrites the graph first.
   */
  createSession(model: Uint8Array, threads: number, optimise?: boolean): Promise<InferenceSession>;
  /** Runs a session and puts its results into tensors of the caller's. */
  runInto(session: InferenceSession, feeds: Tensors, results: Tensors): Promise<void>;
}

/** Imports a package of onnxruntime. */
export type EngineLoaders = Readonly<Record<RuntimePackage, () => Promise<OnnxRuntime>>>;

export const engineLoaders: EngineLoaders = {
  "onnxruntime-node": () => {
    // An optional dependency, so its types may be absent where this is compiled.
    const name: string = "onnxruntime-node";
    return import(name);
  },
  "onnxruntime-web": () => import("onnxruntime-web"),
};

let opened: Promise<Engine> | undefined;

/** The fastest onnxruntime that loads here; the same one on every call. */
export function openEngine(): Promise<Engine> {
  opened ??= chooseEngine(engineLoaders);
  return opened;
}

/** Takes the first package that can be loaded. @throws Error where none can, with the reasons. */
export async function chooseEngine(loaders: EngineLoaders): Promise<Engine> {
  const reasons: string[] = [];
  for (const name of runtimePackages) {
    try {
      return createEngine(name, await loaders[name]());
    } catch (error) {
      reasons.push(`${name}: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`);
    }
  }
  throw new Error(`no onnxruntime can be loaded: ${reasons.join("; ")}`);
}

function createEngine(name: RuntimePackage, { InferenceSession, Tensor, env }: OnnxRuntime): Engine {
  const native = name === "onnxruntime-node";
  // Where both packages are loaded, WebAssembly must be asked for by name, or the native library answers.
  const provider = native ? "cpu" : "wasm";
  // More would start threads by the number of cores, and the order of sums would depend on them.
  if (!native) env.wasm.numThreads = 1;
  return {
    name,
    version: (native ? env.versions.node : env.versions.web) ?? env.versions.common,
    Tensor,
    provider,
    createSession: (model, threads, optimise = true) =>
      InferenceSession.create(model, {
        executionProviders: [provider],
        executionMode: "sequential",
        graphOptimizationLevel: optimise ? "all" : "disabled",
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // What fails is thrown; its log would go to standard error, between the caller's own lines.
        logSeverityLevel: 4,
      }),
    runInto: async (session, feeds, results) => {
      if (native) {
        await session.run(feeds, results);
        return;
      }
      // The WebAssembly build does not write into tensors that it is given.
      const computed = await session.run(feeds, Object.keys(results));
      for (const [output, result] of Object.entries(results)) (result.data as Float32Array).set(computed[output]?.data as Float32Array);
    },
  };
}
