import { BoundedCache, createRng } from "../../base/index.ts";
import type { OperatorWork } from "./operatorWork.ts";
import { workClasses } from "./operatorWork.ts";

/** Standard deviation of the logarithm of the efficiency by kind of operator. */
const kindSpread = 0.5;
/** Times of so many different operators are kept, 2 KB each. */
const labelsKept = 10_000;
/** log2 of the side of the feature maps relative to which efficiencies differ by resolution. */
const middleHalvings = 4;

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
      const steps = Array.from({ length: Math.abs(halvings - middleHalvings) }, (_, i) =>
        this.#normalsOf(`resolution ${middleHalvings + (halvings < middleHalvings ? -i : i + 1)}`),
      );
      return Float64Array.from(this.#devices, (device, i) => {
        const walked = steps.reduce((sum, step) => sum + (step[i] as number), 0);
        const efficiency =
          kindSpread * (arithmetic[i] as number) + device.channelSpread * (channels[i] as number) + device.resolutionSpread * walked;
        return operatorTime(device, work, Math.exp(efficiency), Math.exp(kindSpread * (overhead[i] as number)), this.scale);
      });
    });
  }

  /** What each device needs for every network alike, as a share of the latency of the mean network. */
  offset(device: number): number {
    return (this.#devices[device] as SyntheticDevice).offset;
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
  const batch = rng.pick([1, 1, 32, 64]);
  const perOperation = workClasses.map(() => Math.exp(rng.normal()));
  // Operations for each byte at which arithmetic and traffic take equally long.
  const balance = Math.exp(Math.log(8) + 1.5 * rng.normal());
  return {
    label,
    perOperation,
    perByte: workClasses.map(() => balance * Math.exp(0.4 * rng.normal())),
    perWeightByte: (balance * Math.exp(rng.normal())) / batch,
    utilisation: Math.max(0, 0.25 * rng.normal()),
    overlap: Math.exp(2.5 * rng.next()),
    perOperator: ((scale.operations + balance * scale.bytes) / scale.operators) * Math.exp(-1 + 2 * rng.normal()),
    offset: Math.exp(-2 + 1.5 * rng.normal()),
    launchOverlap: rng.next() < 0.5 ? 1 : Math.exp(1 + 1.5 * rng.next()),
    lanes: rng.pick([1, 8, 16, 32, 64]),
    misaligned: Math.exp(Math.abs(rng.normal())),
    misalignedDepthwise: Math.exp(Math.abs(rng.normal())),
    channelSpread: 0.5 * Math.abs(rng.normal()),
    resolutionSpread: 0.3 * Math.abs(rng.normal()),
  };
}

function operatorTime(device: SyntheticDevice, work: OperatorWork, efficiency: number, overheadFactor: number, scale: WorkScale): number {
  const workClass = workClasses.indexOf(work.workClass);
  const relative = Math.max(work.operations, 1) / (scale.operations / scale.operators);
  const aligned = work.channels % device.lanes === 0;
  const penalty = aligned ? 1 : work.workClass === "depthwise" ? device.misalignedDepthwise : device.misaligned;
  const rate = (device.perOperation[workClass] as number) * efficiency * penalty * relative ** -device.utilisation;
  const traffic = work.activationBytes * (device.perByte[workClass] as number) + work.weightBytes * device.perWeightByte;
  const together = overlapped(work.operations * rate, traffic, device.overlap);
  return overlapped(together, device.perOperator * overheadFactor, device.launchOverlap);
}

/** A p-norm of two times: their sum for exponent 1, nearly the larger for large exponents. */
function overlapped(a: number, b: number, exponent: number): number {
  const larger = Math.max(a, b);
  return larger === 0 ? 0 : larger * ((a / larger) ** exponent + (b / larger) ** exponent) ** (1 / exponent);
}
