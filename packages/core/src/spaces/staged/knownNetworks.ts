/** Networks that people designed by hand, as staged networks of one architecture: points from which a search may start. */
import { InputError, nearestSpelling } from "../../base/index.ts";
import { inputShapeOf, type Task } from "../../tasks/index.ts";
import { type StagedSpec, type StagedSpecInput, stagedSchema } from "./spec.ts";

type Stage = StagedSpecInput["stages"][number];
type Block = Stage["blocks"][number];

const stage = (channels: number, depth: number, stride: number, block: Block): Stage => ({ channels, depth, stride, blocks: [block] });
const separable: Block = { type: "depthwise-separable" };
const inverted = (expansion: number): Block => ({ type: "inverted-residual", expansion });
const block = (channels: number, stride: number, kernel: number, expansion: number): Stage =>
  stage(channels, 1, stride, { type: "inverted-residual", kernel, expansion });
const maxPool: Block = { type: "pool", mode: "max", kernel: 2 };

/** Each begun so that small images (about 28 × 28) are halved twice; larger ones are halved once more by the stem. */
const networks: Readonly<Record<string, Omit<StagedSpecInput, "width">>> = {
  /** Zhang, Suda, Lai and Chandra, "Hello Edge: Keyword Spotting on Microcontrollers", 2017: a strided stem and equal blocks. */
  "ds-cnn": { stem: { channels: 64, stride: 2 }, stages: [stage(64, 2, 1, separable), stage(64, 3, 1, separable)] },
  /** Howard et al. 2017, table 1, from its second block on: channels double where the image is halved. */
  "mobilenet-v1": { stem: { channels: 16 }, stages: [stage(32, 1, 1, separable), stage(64, 2, 2, separable), stage(128, 3, 2, separable)] },
  /** Sandler et al. 2018, table 2, half as wide. */
  "mobilenet-v2": {
    activation: "relu6",
    stem: { channels: 16 },
    stages: [stage(8, 1, 1, inverted(1)), stage(12, 2, 2, inverted(6)), stage(16, 2, 1, inverted(6)), stage(32, 2, 2, inverted(6))],
    head: { channels: 64 },
  },
  /** The image classifier of MLPerf Tiny (Banbury et al. 2021), after He et al. 2016. */
  "resnet-8": {
    stem: { channels: 16 },
    stages: [stage(16, 1, 1, { type: "residual" }), stage(32, 1, 2, { type: "residual" }), stage(64, 1, 2, { type: "residual" })],
  },
  /**
   * The first nine of the sixteen blocks that Lin et al. 2020 found for visual wake words (`mcunet-vww1`), as its published model file has
   * them. That it ends there, and the stem's stride, are ours: the rest has 6 times as many weights as a small microcontroller holds.
   */
  "mcunet-like": {
    activation: "relu6",
    stem: { channels: 16 },
    stages: [
      block(8, 1, 3, 1),
      ...[block(16, 2, 3, 6), block(16, 1, 3, 3), block(16, 1, 3, 3)],
      ...[block(24, 2, 7, 3), block(24, 1, 3, 6), block(24, 1, 5, 5)],
      ...[block(40, 2, 7, 6), block(40, 1, 7, 6)],
    ],
  },
  /** What a tutorial builds: convolutions with pooling in between. */
  "plain-cnn": {
    stem: { channels: 16 },
    stages: [stage(16, 1, 2, maxPool), stage(32, 1, 1, { type: "conv" }), stage(32, 1, 2, maxPool), stage(64, 1, 1, { type: "conv" })],
  },
};

/** The names that {@link knownNetwork} knows. */
export const knownNetworks: readonly string[] = Object.keys(networks);

/** Images whose shorter side is longer than this are halved by the stem as well. */
const smallImage = 64;

/**
 * A network by its name and, after an @, a factor on its channels: `mobilenet-v1`, `mobilenet-v1@0.5`.
 * @param task what it is for; it decides whether the stem is strided.
 * @throws InputError for a name that there is not, or a factor that is no number from .05 to 16.
 */
export function knownNetwork(name: string, task: Task): StagedSpec {
  const [family = "", factor = "1"] = name.split("@", 2);
  const network = Object.hasOwn(networks, family) ? networks[family] : undefined;
  if (!network) {
    throw new InputError(`there is no network '${family}'`, {
      expected: `one of ${knownNetworks.join(", ")}`,
      suggestion: nearestSpelling(family, knownNetworks),
    });
  }
  const width = Number(factor);
  if (!(width >= 0.05 && width <= 16)) {
    throw new InputError(`'${factor}' is no factor on the channels of ${family}`, {
      expected: `a number from 0.05 to 16, such as ${family}@0.5`,
    });
  }
  const [, , height = 1, across = 1] = inputShapeOf(task);
  const stem = { ...network.stem, ...(Math.min(height, across) > smallImage && { stride: 2 }) };
  return stagedSchema.parse({ ...network, stem, width });
}
