/** How a device's runtime lays out memory and stores networks. */
import {
  exposePadding,
  fusePadding,
  im2colScratch,
  isInteger,
  type Layout,
  layerCounts,
  type MemoryOptions,
  type Network,
  type SharedKind,
} from "../ir/index.ts";

/** Working memory of convolutions that unroll windows of the image, as `im2colScratch` counts it. */
export interface Im2col {
  /** Windows at a time. */
  readonly columns: number;
  /** Bytes to which an integer is widened. */
  readonly integerBytes: number;
}

/** Bytes that a runtime keeps for as long as a network is loaded, beside the plan: its descriptions of layers and channels. */
export interface PersistentBytes {
  readonly base: number;
  readonly perLayer: number;
  /** For each output channel of convolutions and dense layers. */
  readonly perChannel: number;
}

/**
 * In what a network is stored. `parameters`: nothing but these. `tflite`: a FlatBuffer with scales and zero points and a description
 * of every tensor and layer. `c`: arrays of a program; integer layers have a multiplier and a shift for each channel.
 */
export const storageForms = ["parameters", "tflite", "c"] as const;
export type StorageForm = (typeof storageForms)[number];

/** What is in place: nothing; element-wise operators; depthwise convolutions that keep the image's size as well. */
export const inPlaceKinds = ["none", "elementwise", "depthwise"] as const;
export type InPlaceKind = (typeof inPlaceKinds)[number];

/**
 * `fused`: convolutions do any padding themselves, that of operators before them as well (`fusePadding`). `explicit`: they can pad as
 * TensorFlow's SAME; other padding is an operator with a padded copy as its result (`exposePadding`).
 */
export const paddingKinds = ["fused", "explicit"] as const;
export type PaddingKind = (typeof paddingKinds)[number];

/** How a runtime plans memory, in full. */
export interface PlannerRules {
  readonly alignmentBytes: number;
  readonly inPlace: InPlaceKind;
  readonly shares: readonly SharedKind[];
  readonly layout: Layout;
  /** `kept`: operators run as the file lists them. */
  readonly order: "kept" | "free";
  readonly padding: PaddingKind;
  /** False where the caller keeps the network's inputs: they are outside of the plan, and still take memory. */
  readonly inputsInArena: boolean;
  readonly im2col: Im2col | null;
  readonly persistent: PersistentBytes;
  readonly storage: StorageForm;
}

const nothing: PersistentBytes = { base: 0, perLayer: 0, perChannel: 0 };

/**
 * The planners of runtimes that are known. A profile names one, and may state what differs.
 *
 * - `default`: no runtime in particular. The order that needs least, element-wise operators in place, parameters alone are stored.
 * - `tflm`: TensorFlow Lite Micro. The file's order; only reshapes share a buffer, and what is clamped is clamped by the layer itself;
 *   padding is an operator of its own. Persistent bytes of its arena were fitted to `arena_used_bytes` of a 32-bit build of revision
 *   90b983c with reference kernels, less the plan: 297 + 148 · layers + 8 · channels, on ten networks of 13 to 49 layers. The factors are
 *   rounded; with a base of 320 the networks that can be built again are met within 336 bytes.
 * - `generated-c`: a program generated for one network. The plan is all that it needs beside its stack.
 * - `x-cube-ai`: like STMicroelectronics' X-CUBE-AI, whose planner is not public: any order, element-wise operators in place, fused
 *   padding, inputs beside the activations. Chosen by one figure: for mcunet-vww1 this gives 115,200 bytes (112.5 KiB), TinyEngine's
 *   authors measured 113 kB.
 * - `tinyengine`: depthwise convolutions in place and fused padding (Lin et al. 2020, "MCUNet", section 3.2), the file's order.
 */
export const plannerPresets = {
  default: {
    alignmentBytes: 16,
    inPlace: "elementwise",
    shares: [],
    layout: "channels-first",
    order: "free",
    padding: "fused",
    inputsInArena: true,
    im2col: null,
    persistent: nothing,
    storage: "parameters",
  },
  tflm: {
    alignmentBytes: 16,
    inPlace: "none",
    shares: ["activation", "reshape"],
    layout: "channels-last",
    order: "kept",
    padding: "explicit",
    inputsInArena: true,
    im2col: null,
    persistent: { base: 320, perLayer: 148, perChannel: 8 },
    storage: "tflite",
  },
  "generated-c": {
    alignmentBytes: 16,
    inPlace: "elementwise",
    shares: ["activation", "reshape"],
    layout: "channels-last",
    order: "free",
    padding: "fused",
    inputsInArena: true,
    im2col: null,
    persistent: nothing,
    storage: "c",
  },
  "x-cube-ai": {
    alignmentBytes: 16,
    inPlace: "elementwise",
    shares: ["activation", "reshape", "slice"],
    layout: "channels-last",
    order: "free",
    padding: "fused",
    inputsInArena: false,
    im2col: null,
    persistent: nothing,
    storage: "c",
  },
  tinyengine: {
    alignmentBytes: 16,
    inPlace: "depthwise",
    shares: ["activation", "reshape"],
    layout: "channels-last",
    order: "kept",
    padding: "fused",
    inputsInArena: true,
    im2col: null,
    persistent: nothing,
    storage: "c",
  },
} as const satisfies Record<string, PlannerRules>;

export type PlannerPreset = keyof typeof plannerPresets;
export const plannerPresetNames = Object.keys(plannerPresets) as PlannerPreset[];

/**
 * What a resolved profile says of its planner: the preset that it names, and what it states itself. Profiles that were stored before there were
 * presets have the first three keys only, `inPlace` as a boolean.
 */
export type ProfilePlanner = Partial<Omit<PlannerRules, "inPlace">> & {
  readonly alignmentBytes: number;
  readonly inPlace: boolean | InPlaceKind;
  readonly im2col: Im2col | null;
  readonly preset?: PlannerPreset;
};

/** The rules by which a profile's runtime plans: its preset's, and its own where it states any. */
export function plannerRules({ preset = "default", inPlace, ...own }: ProfilePlanner): PlannerRules {
  const kind = inPlace === true ? "elementwise" : inPlace === false ? "none" : inPlace;
  return { ...plannerPresets[preset], ...own, inPlace: kind };
}

/** A deployed network with the operators that it has on such a runtime. */
export function withPadding(network: Network, { padding }: PlannerRules): Network {
  return padding === "fused" ? fusePadding(network) : exposePadding(network);
}

/** The same, as `planMemory` takes them. */
export function memoryOptions({ alignmentBytes, inPlace, shares, layout, order, inputsInArena, im2col }: PlannerRules): MemoryOptions {
  return {
    alignmentBytes,
    inPlace: inPlace !== "none",
    depthwiseInPlace: inPlace === "depthwise",
    shares,
    layout,
    reorder: order === "free",
    inputsInArena,
    ...(im2col ? { scratchBytes: im2colScratch(im2col) } : {}),
  };
}

/** Bytes that the runtime keeps for a deployed network beside the plan. */
export function persistentBytes({ base, perLayer, perChannel }: PersistentBytes, network: Network): number {
  if (base + perLayer + perChannel === 0) return 0;
  const { layers, channels } = layerCounts(network);
  return base + perLayer * layers + perChannel * channels;
}

/**
 * Bytes that a deployed network takes in flash beyond its parameters and constants.
 *
 * - `tflite`: 100 bytes for each tensor (table, shape, quantisation, buffer) and 20 for its name, 70 for each operator; a scale (4) and a
 *   zero point (8) for each channel's weights and for its bias. So counted, two real files (mcunet-vww1, 613,840 bytes; SwiftNet cell
 *   network, 263,800) are met within +0.3 and −3.1 %. Older converters also store the least and the largest value: 8 bytes a channel more.
 * - `c`: a multiplier (4) and a shift (1) for each channel of integer layers.
 */
export function descriptionBytes(storage: StorageForm, network: Network): number {
  if (storage === "parameters") return 0;
  const { layers, tensors, channels, scaledChannels } = layerCounts(network);
  if (storage === "tflite") return 120 * tensors + 70 * layers + 24 * scaledChannels;
  return network.nodes.some(({ weightFormat }) => isInteger(weightFormat)) ? 5 * channels : 0;
}
