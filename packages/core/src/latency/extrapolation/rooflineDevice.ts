/** Devices that may be the measured one: rooflines whose latency never falls when a network grows. */
import { at, intAt, item } from "../../base/matrix.ts";
import { latencySettings } from "../settings.ts";
import { type KernelTerms, kernelUses, type NetworkTerms, workKinds } from "./networkTerms.ts";

const { priors, lanes, fewChannels, tails, fastest, overlap, launches, idle } = latencySettings.extrapolation;

/** The unknown numbers of a device, in the order of a vector of standard normal coordinates. */
export const coordinates = [
  "scale",
  ...workKinds.slice(1),
  "lanes",
  "byte",
  "farByte",
  "nearBytes",
  "weightByte",
  "farWeightByte",
  "nearWeightBytes",
  "kernel",
  "network",
  "overlap",
  "launches",
  "constant",
  "dead",
  "noise",
] as const;
export type Coordinate = (typeof coordinates)[number];

const positions = Object.fromEntries(coordinates.map((name, i) => [name, i])) as Readonly<Record<Coordinate, number>>;

/** Means of the measured networks, relative to which a device's speed is drawn. */
export interface MeasuredScale {
  readonly latencyMs: number;
  readonly operations: number;
}

/** A device, ready to be asked. Times are in ms. */
export interface RooflineDevice {
  /** For one operation, by work kind. */
  readonly perOperation: Float64Array;
  /** Channels come in multiples of this. */
  readonly lanes: number;
  readonly perByte: number;
  /** What a byte costs besides in a tensor far larger than `nearBytes`, as a multiple of `perByte`. */
  readonly farByte: number;
  readonly nearBytes: number;
  readonly perWeightByte: number;
  readonly farWeightByte: number;
  readonly nearWeightBytes: number;
  readonly perKernel: number;
  readonly perNetwork: number;
  /** Exponents of the p-norms that join arithmetic with traffic, and both with the overhead; 1 adds them. */
  readonly overlap: number;
  readonly launches: number;
  /** By kernel use: the share of its time that a kernel really takes. */
  readonly shares: Float64Array;
  /** Standard deviation of the logarithm of a measurement. */
  readonly noise: number;
}

/** @param z a point in the space of standard normal coordinates: the prior is the standard normal distribution. */
export function rooflineDevice(z: Float64Array, scale: MeasuredScale): RooflineDevice {
  const of = (name: keyof typeof priors) => {
    const { median, spread } = priors[name];
    return median * Math.exp(spread * heavy(at(z, positions[name])));
  };
  const operation = (of("scale") * scale.latencyMs) / scale.operations + fastest.operationMs;
  const perByte = fastest.byteMs + operation * of("byte");
  const launch = at(z, positions.launches);
  return {
    perOperation: Float64Array.from(workKinds, (kind) => (kind === "spatial" ? operation : operation * of(kind))),
    lanes: item(lanes, Math.min(lanes.length - 1, Math.floor(lanes.length * logistic(1.702 * at(z, positions.lanes))))),
    perByte,
    farByte: of("farByte"),
    nearBytes: of("nearBytes"),
    perWeightByte: perByte * of("weightByte"),
    farWeightByte: of("farWeightByte"),
    nearWeightBytes: of("nearWeightBytes"),
    perKernel: of("kernel"),
    perNetwork: of("network"),
    overlap: Math.exp(overlap.logExponent * logistic(overlap.slope * at(z, positions.overlap))),
    launches: launch < 0 ? 1 : Math.exp(Math.min(launches.largestLog, launches.slope * launch)),
    shares: Float64Array.of(1, logistic(idle.slope * at(z, positions.constant)), logistic(idle.slope * at(z, positions.dead))),
    noise: of("noise"),
  };
}

/** A normal coordinate with heavier tails: some devices are unlike all others, and measurements may say so. */
const heavy = (z: number) => Math.sinh(tails * z) / tails;

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** Networks in arrays: what several kernels have in common is held, and computed, once. */
export interface PackedNetworks {
  /** Of the kernel k: entries `arithmeticFrom[k]` to `arithmeticFrom[k + 1]` of the next four. */
  readonly arithmeticFrom: Int32Array;
  readonly kinds: Int32Array;
  readonly operations: Float64Array;
  readonly channelsIn: Float64Array;
  readonly channelsOut: Float64Array;
  readonly tensorsFrom: Int32Array;
  readonly tensorBytes: Float64Array;
  readonly weightBytes: Float64Array;
  /** Of the network n: entries `kernelsFrom[n]` to `kernelsFrom[n + 1]` of the next three. */
  readonly kernelsFrom: Int32Array;
  readonly kernels: Int32Array;
  readonly uses: Int32Array;
  readonly counts: Float64Array;
  readonly storedBytes: Float64Array;
}

export function packNetworks(networks: readonly NetworkTerms[]): PackedNetworks {
  const positions = new Map<string, number>();
  const unique: KernelTerms[] = [];
  const positionOf = (kernel: KernelTerms) => {
    const key = JSON.stringify([kernel.arithmetic, kernel.tensorBytes, kernel.weightBytes]);
    const known = positions.get(key) ?? unique.push(kernel) - 1;
    positions.set(key, known);
    return known;
  };
  const placed = networks.map(({ kernels }) => kernels.map(positionOf));
  const all = networks.flatMap(({ kernels }) => kernels);
  const arithmetic = unique.flatMap((kernel) => kernel.arithmetic);
  return {
    arithmeticFrom: starts(unique.map((kernel) => kernel.arithmetic.length)),
    kinds: Int32Array.from(arithmetic, ({ kind }) => workKinds.indexOf(kind)),
    operations: Float64Array.from(arithmetic, ({ operations }) => operations),
    channelsIn: Float64Array.from(arithmetic, ({ channels: [into] }) => into),
    channelsOut: Float64Array.from(arithmetic, ({ channels: [, out] }) => out),
    tensorsFrom: starts(unique.map((kernel) => kernel.tensorBytes.length)),
    tensorBytes: Float64Array.from(unique.flatMap((kernel) => kernel.tensorBytes)),
    weightBytes: Float64Array.from(unique, (kernel) => kernel.weightBytes),
    kernelsFrom: starts(placed.map(({ length }) => length)),
    kernels: Int32Array.from(placed.flat()),
    uses: Int32Array.from(all, ({ use }) => kernelUses.indexOf(use)),
    counts: Float64Array.from(all, ({ count }) => count),
    storedBytes: Float64Array.from(networks, ({ storedBytes }) => storedBytes),
  };
}

function starts(lengths: readonly number[]): Int32Array {
  const result = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    result[i + 1] = intAt(result, i) + length;
  });
  return result;
}

/**
 * Each network's latency, ms: a sum over kernels of terms that are never negative and are joined by p-norms, for which the triangle
 * inequality holds. So a network never takes less than a part of it, nor do split kernels take less than fused ones.
 */
export function rooflineLatencies(device: RooflineDevice, packed: PackedNetworks): Float64Array {
  const {
    arithmeticFrom,
    kinds,
    operations,
    channelsIn,
    channelsOut,
    tensorsFrom,
    tensorBytes,
    weightBytes,
    kernelsFrom,
    kernels,
    uses,
    counts,
  } = packed;
  const unique = weightBytes.length;
  const computing = new Float64Array(unique);
  const moving = new Float64Array(unique);
  for (let k = 0; k < unique; k++) {
    let sum = 0;
    for (let i = intAt(arithmeticFrom, k); i < intAt(arithmeticFrom, k + 1); i++) {
      sum +=
        at(device.perOperation, intAt(kinds, i)) *
        at(operations, i) *
        filling(device.lanes, at(channelsIn, i)) *
        filling(device.lanes, at(channelsOut, i));
    }
    computing[k] = sum;
    sum = 0;
    for (let i = intAt(tensorsFrom, k); i < intAt(tensorsFrom, k + 1); i++) {
      const bytes = at(tensorBytes, i);
      sum += bytes * (1 + device.farByte * farShare(bytes, device.nearBytes));
    }
    moving[k] = sum * device.perByte;
  }
  return packed.storedBytes.map((stored, n) => {
    const perWeightByte = device.perWeightByte * (1 + device.farWeightByte * farShare(stored, device.nearWeightBytes));
    let total = device.perNetwork;
    for (let i = intAt(kernelsFrom, n); i < intAt(kernelsFrom, n + 1); i++) {
      const share = at(device.shares, intAt(uses, i));
      const k = intAt(kernels, i);
      const work = joined(at(computing, k), at(moving, k) + at(weightBytes, k) * perWeightByte, device.overlap);
      total += share * at(counts, i) * joined(work, device.perKernel, device.launches);
    }
    return total;
  });
}

/** The coordinates on which the latencies of these networks do not depend. */
export function inertCoordinates({ kinds, uses }: PackedNetworks): ReadonlySet<string> {
  const absent = workKinds.filter((_, kind) => !kinds.includes(kind));
  return new Set([...absent, ...kernelUses.filter((_, use) => !uses.includes(use))]);
}

/** From 0 for what is much smaller than what is near, to 1 for what is much larger; x · share(x) grows with x. */
function farShare(bytes: number, near: number): number {
  const ratio = near / bytes;
  return 1 / (1 + ratio * ratio * ratio);
}

/** By what factor channels are slower that do not fill the lanes; channels · filling(channels) never falls with the channels. */
function filling(lanes: number, channels: number): number {
  // Kernels for images, and for what has next to no channels, are written apart.
  return channels <= fewChannels ? 1 : (Math.ceil(channels / lanes) * lanes) / channels;
}

/** What is less changes nothing that could be seen. */
const negligible = 1e-9;

/** The p-norm of two times. */
function joined(a: number, b: number, exponent: number): number {
  if (exponent === 1) return a + b;
  const larger = Math.max(a, b);
  const power = larger === 0 ? 0 : Math.exp(exponent * Math.log(Math.min(a, b) / larger));
  return power < negligible ? larger : larger * Math.exp(Math.log1p(power) / exponent);
}
