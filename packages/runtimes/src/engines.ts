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

/** Loads each engine to see whether it works on this machine. */
export async function probeEngines(): Promise<readonly EngineState[]> {
  return Promise.all([
    probe({ name: "onnxruntime-node", needed: "training and measuring", required: true }, async () => {
      const { env } = await import("onnxruntime-node");
      return env.versions.node ?? env.versions.common;
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
