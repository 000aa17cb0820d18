/** Opens TensorFlow.js with the fastest backend that works. */
import { item } from "@archwright/core/base";
import { registerGradients } from "./kernelGradients.ts";
import type { TensorFlow } from "./tensorFlow.ts";

/** As TensorFlow.js names them: its native library, WebAssembly, plain JavaScript. */
export type BackendName = "tensorflow" | "wasm" | "cpu";

export interface Backend {
  readonly tf: TensorFlow;
  readonly name: BackendName;
  /** Those that would have been preferred, and why they could not be had. */
  readonly skipped: readonly { readonly name: BackendName; readonly reason: string }[];
}

/** Loads the module that registers a backend. */
export type BackendLoaders = Readonly<Record<BackendName, () => Promise<unknown>>>;

export const backendLoaders: BackendLoaders = {
  tensorflow: () => {
    // An optional peer, so its types may be absent where this is compiled.
    const name: string = "@tensorflow/tfjs-node";
    return import(name);
  },
  wasm: () => import("@tensorflow/tfjs-backend-wasm"),
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
};

let opened: Promise<Backend> | undefined;

/** TensorFlow.js with the fastest backend that works here; the same one on every call. */
export function openTensorFlow(): Promise<Backend> {
  opened ??= chooseBackend(backendLoaders);
  return opened;
}

/** Takes the first of native library, WebAssembly and plain JavaScript that can be loaded and multiplies two numbers rightly. */
export async function chooseBackend(loaders: BackendLoaders): Promise<Backend> {
  const tf = await import("@tensorflow/tfjs-core");
  // Silences the advice to install the native library, and checks for NaN that cost time.
  tf.enableProdMode();
  const skipped: { name: BackendName; reason: string }[] = [];
  for (const name of ["tensorflow", "wasm", "cpu"] as const) {
    try {
      await withoutNewListeners(async () => {
        await loaders[name]();
        if (!(await tf.setBackend(name))) throw new Error("it cannot be initialised");
      });
      const product = tf.tidy(() => tf.matMul(tf.tensor2d([[3]]), tf.tensor2d([[5]])).dataSync()[0]);
      if (product !== 15) throw new Error(`it multiplies 3 by 5 to ${product}`);
      registerGradients(tf);
      return { tf, name, skipped };
    } catch (error) {
      skipped.push({ name, reason: item((error instanceof Error ? error.message : String(error)).split("\n"), 0) });
    }
  }
  throw new Error(`TensorFlow.js has no backend: ${skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ")}`);
}

/** The WASM backend makes itself handler of all uncaught exceptions of the process; those are the program's own affair. */
async function withoutNewListeners(load: () => Promise<void>): Promise<void> {
  const events = ["uncaughtException", "unhandledRejection"];
  const before = events.map((event) => process.listeners(event as "exit"));
  try {
    await load();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as "exit")) {
        if (!before[i]?.includes(listener)) process.removeListener(event, listener);
      }
    });
  }
}
