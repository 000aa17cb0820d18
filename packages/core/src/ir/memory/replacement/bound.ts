/** How much traffic a state of the search still needs at least. */
import { setBytes, type Window } from "./window.ts";

/** `intAt` and `at` of `base/matrix.ts`, in this module: see there. */
const intAt = (list: Int32Array, index: number): number => list[index] as number;
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/** A state: which operators have run, which tensors are in the scratchpad, and which have a copy in main memory. */
export interface State {
  readonly done: number;
  readonly resident: number;
  readonly stored: number;
}

/** Lower bounds of the traffic from a state to the window's end, bytes. */
export class TrafficBound {
  readonly sum: (mask: number) => number;
  readonly #window: Window;
  readonly #all: number;

  constructor(window: Window) {
    this.#window = window;
    this.#all = (1 << window.vertices.length) - 1;
    this.sum = setBytes(window.bytes);
  }

  /** Tensors that exist after these operators and are still needed. */
  needed(done: number): number {
    const { readers, after, incoming } = this.#window;
    let mask = 0;
    for (let rest = done | incoming; rest !== 0; rest &= rest - 1) {
      const tensor = 31 - Math.clz32(rest & -rest);
      if ((after >>> tensor) & 1 || (intAt(readers, tensor) & ~done) !== 0) mask |= 1 << tensor;
    }
    return mask;
  }

  /**
   * Three parts. What is away and still read must be loaded. What is wanted at the end and cannot be had for nothing is
   * charged. And the tightest operator: what it reads, writes and needs as scratch, and what in every order exists
   * before it and is needed after it, is too much for the scratchpad by some bytes; as many must be away meanwhile, at
   * the price of a load (and a store, without a copy) for each, the cheapest first, in part if need be.
   */
  of({ done, resident, stored }: State): number {
    const { readers, after, incoming, wanted, reads, overwrites, readLater, madeBefore, scratch, inPlaceBytes, bytes, capacity, unread } =
      this.#window;
    const { sum } = this;
    const made = done | incoming;
    const away = this.needed(done) & ~resident;
    /** Made, and needed after the window only. */
    let waiting = 0;
    for (let rest = after & made; rest !== 0; rest &= rest - 1) {
      const tensor = 31 - Math.clz32(rest & -rest);
      if ((intAt(readers, tensor) & ~done) === 0) waiting |= 1 << tensor;
    }
    let bound = sum(away & ~waiting);
    let copied = stored;
    if (wanted) {
      copied |= wanted.stored;
      bound += sum(wanted.stored & ~stored) + sum(wanted.resident & away & waiting);
    }
    const untouched = unread & stored & resident;
    let worst = 0;
    for (let rest = this.#all & ~done; rest !== 0; rest &= rest - 1) {
      const operator = 31 - Math.clz32(rest & -rest);
      const inputs = intAt(reads, operator);
      const own = at(intAt(overwrites, operator) !== 0 ? inPlaceBytes : bytes, operator);
      const later = intAt(readLater, operator);
      const exists = made | intAt(madeBefore, operator);
      // What only the rest of the network needs, and has a copy, may leave for nothing.
      const others = (later | (after & ~copied)) & exists & ~inputs & ~away;
      const excess = sum(inputs) + own + at(scratch, operator) + sum(others) - capacity;
      if (excess <= worst) continue;
      const cheap = sum(others & ~(later & ~copied & ~untouched));
      worst = Math.max(worst, excess <= cheap ? excess : 2 * excess - cheap);
    }
    return bound + worst;
  }
}
