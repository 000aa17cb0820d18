/** Devices that do not exist, drawn at random: what their latencies have in common is what any device's have. */
import { BoundedCache, createRng } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import { latencySettings } from "../settings.ts";
import type { OperatorWork } from "./operatorWork.ts";
import { workClasses } from "./operatorWork.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/** Times of so many different operators are kept, 2 KB each. */
const labelsKept = 10_000;
const settings = latencySettings.synthetic;

/** Scales of the networks that synthetic devices are drawn for; their rates and overheads are relative to these. */
export interface WorkScale {
  /** Means over networks: operators run, operations, and bytes moved, weights included. */
  readonly operators: number;
  readonly operations: number;
  readonly bytes: number;
}

/** A device that does not exist, drawn at random. */
interface SyntheticDevice {
  readonly label: string;
  /** Time for one operation, per work class, in units of an arbitrary length. */
  readonly perOperation: readonly number[];
  /** The same for one byte of activations and of weights. */
  readonly perByte: readonly number[];
  readonly perWeightByte: number;
  /** By how much rates fall with smaller operators: rate ∝ operations^utilisation. */
  readonly utilisation: number;
  /** Channels in multiples of which vector units or tiles work, and by what factor other numbers are slower. */
  readonly lanes: number;
  readonly misaligned: number;
  readonly misalignedDepthwise: number;
  /** Standard deviations of the logarithm of the efficiency by channels, and by each halving of the resolution. */
  readonly channelSpread: number;
  readonly resolutionSpread: number;
  /** Soft maximum of arithmetic and traffic: the exponent of a p-norm; 1 adds them, large numbers overlap them. */
  readonly overlap: number;
  readonly perOperator: number;
  /** Where arithmetic and traffic hide the overhead, as asynchronous launches do: the exponent of a p-norm; 1 adds it. */
  readonly launchOverlap: number;
  /** A part of the latency that all networks share, as a share of the mean network's. */
  readonly offset: number;
}

/**
 * Devices drawn from a roofline (Williams et al. 2009) with random rates for each class of work, bandwidths, overheads that add
 * or overlap, batch sizes, vector widths, and efficiencies for each kind of operator, number of channels and resolution. What
 * their latencies have in common is what any device's latencies have in common.
 */
export class SyntheticDevices {
  readonly count: number;
  readonly scale: WorkScale;
  readonly #devices: readonly SyntheticDevice[];
  readonly #normals = new BoundedCache<Float64Array>(labelsKept);
  readonly #times = new BoundedCache<Float64Array>(labelsKept);

  constructor(count: number, scale: WorkScale) {
    this.count = count;
    this.scale = scale;
    this.#devices = Array.from({ length: count }, (_, i) => drawDevice(i, scale));
  }

  /** How long each device needs for an operator. */
  times(work: OperatorWork): Float64Array {
    return this.#times.get(work.key, () => {
      const arithmetic = this.#normalsOf(`kind ${work.kind}`);
      const overhead = this.#normalsOf(`overhead ${work.kind}`);
      const channels = this.#normalsOf(`channels ${work.workClass} ${work.channels}`);
      // A random walk over resolutions: neighbours are alike.
      const halvings = Math.round(Math.log2(work.pixels) / 2);
      const steps = Array.from({ length: Math.abs(halvings - settings.middleHalvings) }, (_, i) =>
        this.#normalsOf(`resolution ${settings.middleHalvings + (halvings < settings.middleHalvings ? -i : i + 1)}`),
      );
      return Float64Array.from(this.#devices, (device, i) => {
        const walked = steps.reduce((sum, step) => sum + at(step, i), 0);
        const efficiency =
          settings.kindSpread * at(arithmetic, i) + device.channelSpread * at(channels, i) + device.resolutionSpread * walked;
        return operatorTime(device, work, this.scale, {
          rate: Math.exp(efficiency),
          overhead: Math.exp(settings.kindSpread * at(overhead, i)),
        });
      });
    });
  }

  /** What each device needs for every network alike, as a share of the latency of the mean network. */
  offset(device: number): number {
    return item(this.#devices, device).offset;
  }

  /** One standard normal number for each device, the same whenever they are asked for by this label. */
  #normalsOf(label: string): Float64Array {
    return this.#normals.get(label, () => {
      const rng = createRng(`synthetic ${label}`);
      return Float64Array.from({ length: this.count }, () => rng.normal());
    });
  }
}

function drawDevice(index: number, scale: WorkScale): SyntheticDevice {
  const label = `synthetic device ${index}`;
  const rng = createRng(label);
  const batch = rng.pick(settings.batches);
  const perOperation = workClasses.map(() => Math.exp(rng.normal()));
  // Operations for each byte at which arithmetic and traffic take equally long.
  const balance = Math.exp(Math.log(settings.balance.median) + settings.balance.spread * rng.normal());
  return {
    label,
    perOperation,
    perByte: workClasses.map(() => balance * Math.exp(settings.classTrafficSpread * rng.normal())),
    perWeightByte: (balance * Math.exp(rng.normal())) / batch,
    utilisation: Math.max(0, settings.utilisationDeviation * rng.normal()),
    overlap: Math.exp(settings.overlapLogExponent * rng.next()),
    perOperator:
      ((scale.operations + balance * scale.bytes) / scale.operators) *
      Math.exp(settings.overhead.log + settings.overhead.spread * rng.normal()),
    offset: Math.exp(settings.offset.log + settings.offset.spread * rng.normal()),
    launchOverlap: rng.next() < settings.launches.addedShare ? 1 : Math.exp(settings.launches.log + settings.launches.range * rng.next()),
    lanes: rng.pick(settings.lanes),
    misaligned: Math.exp(Math.abs(rng.normal())),
    misalignedDepthwise: Math.exp(Math.abs(rng.normal())),
    channelSpread: settings.channelDeviation * Math.abs(rng.normal()),
    resolutionSpread: settings.resolutionDeviation * Math.abs(rng.normal()),
  };
}

/** Factors by which an operator is slower than usual on a device: in its rate, and in its overhead. */
interface Slowness {
  readonly rate: number;
  readonly overhead: number;
}

function operatorTime(device: SyntheticDevice, work: OperatorWork, scale: WorkScale, slowness: Slowness): number {
  const workClass = workClasses.indexOf(work.workClass);
  const relative = Math.max(work.operations, 1) / (scale.operations / scale.operators);
  const aligned = work.channels % device.lanes === 0;
  const penalty = aligned ? 1 : work.workClass === "depthwise" ? device.misalignedDepthwise : device.misaligned;
  const rate = item(device.perOperation, workClass) * slowness.rate * penalty * relative ** -device.utilisation;
  const traffic = work.activationBytes * item(device.perByte, workClass) + work.weightBytes * device.perWeightByte;
  const together = overlapped(work.operations * rate, traffic, device.overlap);
  return overlapped(together, device.perOperator * slowness.overhead, device.launchOverlap);
}

/** A p-norm of two times: their sum for exponent 1, nearly the larger for large exponents. */
function overlapped(a: number, b: number, exponent: number): number {
  const larger = Math.max(a, b);
  return larger === 0 ? 0 : larger * ((a / larger) ** exponent + (b / larger) ** exponent) ** (1 / exponent);
}
