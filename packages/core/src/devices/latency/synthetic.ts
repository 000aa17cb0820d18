import { createRng } from "../../base/index.ts";
import type { OperatorWork } from "./operatorWork.ts";
import { workClasses } from "./operatorWork.ts";

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
  /** Soft maximum of arithmetic and traffic: the exponent of a p-norm; 1 adds them, large numbers overlap them. */
  readonly overlap: number;
  readonly perOperator: number;
  /** A part of the latency that all networks share, as a share of the mean network's. */
  readonly offset: number;
}

/**
 * Devices drawn from a roofline with random rates for each class of work, bandwidths, overheads, batch sizes, and
 * efficiencies for each kind of operator. What their latencies have in common is what any device's latencies have in common.
 */
export class SyntheticDevices {
  readonly count: number;
  readonly scale: WorkScale;
  readonly #devices: readonly SyntheticDevice[];
  readonly #efficiencies = new Map<string, Float64Array>();
  readonly #times = new Map<string, Float64Array>();

  constructor(count: number, scale: WorkScale) {
    this.count = count;
    this.scale = scale;
    this.#devices = Array.from({ length: count }, (_, i) => drawDevice(i, scale));
  }

  /** How long each device needs for an operator. */
  times(work: OperatorWork): Float64Array {
    let times = this.#times.get(work.key);
    if (!times) {
      const efficiencies = this.#efficienciesOf(work.kind);
      times = Float64Array.from(this.#devices, (device, i) =>
        operatorTime(device, work, efficiencies[i * 2] as number, efficiencies[i * 2 + 1] as number, this.scale),
      );
      this.#times.set(work.key, times);
    }
    return times;
  }

  /** What each device needs for every network alike, as a share of the latency of the mean network. */
  offset(device: number): number {
    return (this.#devices[device] as SyntheticDevice).offset;
  }

  #efficienciesOf(kind: string): Float64Array {
    let drawn = this.#efficiencies.get(kind);
    if (!drawn) {
      drawn = new Float64Array(this.count * 2);
      const rng = createRng(`synthetic kind ${kind}`);
      for (let i = 0; i < drawn.length; i++) drawn[i] = Math.exp(0.5 * rng.normal());
      this.#efficiencies.set(kind, drawn);
    }
    return drawn;
  }
}

function drawDevice(index: number, scale: WorkScale): SyntheticDevice {
  const label = `synthetic device ${index}`;
  const rng = createRng(label);
  const batch = rng.pick([1, 1, 32, 64]);
  const perOperation = workClasses.map(() => Math.exp(rng.normal()));
  // Operations for each byte at which arithmetic and traffic take equally long.
  const balance = Math.exp(Math.log(8) + 1.5 * rng.normal());
  const perByte = workClasses.map(() => balance * Math.exp(0.4 * rng.normal()));
  const perWeightByte = (balance * Math.exp(rng.normal())) / batch;
  const utilisation = Math.max(0, 0.25 * rng.normal());
  const overlap = Math.exp(2.5 * rng.next());
  const perOperator = ((scale.operations + balance * scale.bytes) / scale.operators) * Math.exp(-1 + 2 * rng.normal());
  return { label, perOperation, perByte, perWeightByte, utilisation, overlap, perOperator, offset: Math.exp(-2 + 1.5 * rng.normal()) };
}

function operatorTime(device: SyntheticDevice, work: OperatorWork, efficiency: number, overheadFactor: number, scale: WorkScale): number {
  const workClass = workClasses.indexOf(work.workClass);
  const relative = Math.max(work.operations, 1) / (scale.operations / scale.operators);
  const arithmetic = work.operations * (device.perOperation[workClass] as number) * efficiency * relative ** -device.utilisation;
  const traffic = work.activationBytes * (device.perByte[workClass] as number) + work.weightBytes * device.perWeightByte;
  const larger = Math.max(arithmetic, traffic);
  const together =
    larger === 0 ? 0 : larger * ((arithmetic / larger) ** device.overlap + (traffic / larger) ** device.overlap) ** (1 / device.overlap);
  return together + device.perOperator * overheadFactor;
}
