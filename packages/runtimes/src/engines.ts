/** Which heavy engines can be loaded here. */
import { engineLoaders, openEngine, type RuntimePackage, runtimePackages } from "./onnxruntime.ts";

/** A heavy engine of this package: which version was loaded, or why it could not be. */
export interface EngineState {
  readonly name: string;
  readonly version?: string;
  readonly error?: string;
  /** What cannot be done without it. */
  readonly needed: string;
  /** Whether the main job needs it. */
  readonly required: boolean;
}

/** What trains and measures on this machine. @throws Error where no onnxruntime can be loaded. */
export async function trainingEngine(): Promise<{ readonly name: RuntimePackage; readonly version: string }> {
  const { name, version } = await openEngine();
  return { name, version };
}

/** Loads each engine to see whether it works on this machine. */
export async function probeEngines(): Promise<readonly EngineState[]> {
  return Promise.all([
    probe({ name: "training and measuring", needed: "training and measuring", required: true }, async () => {
      const { name, version } = await trainingEngine();
      return `${name} ${version}`;
    }),
    ...runtimePackages.map((name) => {
      const needed = name === "onnxruntime-node" ? "training and measuring at full speed" : "training where onnxruntime-node is absent";
      return probe({ name, needed, required: false }, async () => {
        const { env } = await engineLoaders[name]();
        return env.versions.common;
      });
    }),
    probe({ name: "TensorFlow.js", needed: "the latency model 'help'", required: false }, async () => {
      const { openTensorFlow } = await import("./help/backend.ts");
      const { tf, name } = await openTensorFlow();
      return `${tf.version_core}, backend ${name}`;
    }),
    probe({ name: "sharp", needed: "datasets of kind 'folder'", required: false }, async () => {
      // Optional, so its types may be absent where this is compiled.
      const name: string = "sharp";
      const sharp: { readonly default: { readonly versions: { readonly sharp?: string; readonly vips: string } } } = await import(name);
      return sharp.default.versions.sharp ?? sharp.default.versions.vips;
    }),
  ]);
}

async function probe(engine: Pick<EngineState, "name" | "needed" | "required">, load: () => Promise<string>): Promise<EngineState> {
  try {
    return { ...engine, version: await load() };
  } catch (error) {
    return { ...engine, error: (error instanceof Error ? error.message : String(error)).split("\n")[0] as string };
  }
}
