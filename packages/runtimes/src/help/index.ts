/** HELP, a meta-learned model of latency. Importing this loads no TensorFlow.js: that happens when a function is called. */
import type { Json } from "@archwright/core/base";
import type { DescribeArchitecture, LatencyModel, LatencyPredictor, LatencySources } from "@archwright/core/latency";
import type { HelpOptions } from "./options.ts";

export type { HelpOptions, TrainingProgress } from "./options.ts";

/** Changes whenever the same sources and options would give another model: part of the key under which one is kept. */
export const helpVersion = 1;

/**
 * HELP (Lee, Lee, Chong and Hwang, "HELP: Hardware-Adaptive Efficient Latency Prediction for NAS via Meta-Learning", NeurIPS
 * 2021, arXiv 2106.08630): a regressor from an architecture's encoding and a hardware embedding (the normalised latencies of ten
 * reference networks) to normalised latency, whose initial weights and learning rates, one for each weight, are meta-learned
 * such that two gradient steps on a device's measurements adapt it (Meta-SGD, differentiated twice); an encoder of the
 * hardware embedding modulates the initial weights of the last three layers.
 *
 * It departs from the paper and its release in this:
 * - Latencies are normalised as logarithms, by the smallest and largest of the reference networks. The release normalises
 *   latencies themselves by the extremes of 900 or 4,000 networks of the target, which nobody has measured on a new device.
 * - The architecture enters by a multilayer perceptron on its encoding in every space; on NAS-Bench-201 the release has a
 *   graph convolution.
 * - The reference networks are one of each tenth of the sources' latencies; how the release chose its fixed list is not said.
 *   While learning, their embeddings carry a little noise, so that a device between the sources is not foreign.
 * - Samples come from all architectures of a source; the release leaves out the slowest and fastest tenth.
 * - Before the episodes with inner steps come as many without, which train the regressor and the encoder alone and cost half.
 *   Adam's rate is larger and falls (2e-3 for 1e-4), the inner rates start larger (0.01 for 0.001), and there are fewer episodes.
 * - All measurements serve for fine-tuning, those of the reference networks too. The encoder's mean is taken when adapting
 *   to a new device, where the release averages over ten draws.
 * - The regressor after the episodes is kept; the release keeps the best on validation devices.
 * - HELP gives no intervals. Here they are log-normal and as wide everywhere: groups of a fifth of the measurements are
 *   predicted from the others, and these errors are pooled with those on source devices.
 *
 * Needs an encoding of one length for all architectures, ten architectures that every source device has measured, and two source
 * devices at least. Runs on TensorFlow.js: with `@tensorflow/tfjs-node` where that is installed and works, else in WebAssembly,
 * else in plain JavaScript, which is more than ten times slower.
 * The same sources and options give the same model on one backend.
 * @throws InputError for sources that cannot be used.
 */
export async function learnHelp(
  sources: LatencySources,
  describe: DescribeArchitecture,
  options: HelpOptions = {},
): Promise<LatencyPredictor> {
  const [{ openTensorFlow }, { learn }] = await Promise.all([import("./backend.ts"), import("./learn.ts")]);
  return learn((await openTensorFlow()).tf, sources, describe, options);
}

type Opened = (state: Json, describe: DescribeArchitecture) => LatencyPredictor;
let opened: Opened | undefined;

/** HELP as a row of the registry of latency models. @param options how it is learned; kept models are told apart by them. */
export function helpModel(options: Omit<HelpOptions, "onProgress"> = {}): LatencyModel {
  return {
    name: "help",
    slow: { version: helpVersion, settings: { ...options } },
    prepare: async () => {
      const [{ openTensorFlow }, { load }] = await Promise.all([import("./backend.ts"), import("./learn.ts")]);
      const { tf } = await openTensorFlow();
      opened = (state, describe) => load(tf, state, describe);
    },
    learn: (sources, describe, onProgress) => learnHelp(sources, describe, { ...options, ...(onProgress ? { onProgress } : {}) }),
    load: (state, describe) => {
      if (!opened) throw new Error("HELP must be prepared before a model of it is loaded");
      return opened(state, describe);
    },
  };
}
