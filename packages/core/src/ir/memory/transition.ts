/** The cost of one transition between states of the schedule search. */
import type { Segment } from "./segment.ts";
import type { StateTable } from "./stateTable.ts";

/** `at` and `listAt` of `base/matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;
const listAt = (lists: readonly (readonly number[])[], index: number) => lists[index] as readonly number[];

/** From the first vertex to the last, or undoing them from the last to the first. */
export type Direction = "forward" | "backward";

/**
 * What moving one vertex costs from a state: a set of vertices that have run, or backward, that have been undone.
 * Reused for every transition of a search, which makes hundreds of thousands of them.
 */
export class Transition {
  /** Bytes alive while the vertex runs. */
  step = 0;
  /** Bytes alive in the state that the transition leads to. */
  after = 0;
  readonly #segment: Segment;
  readonly #forward: boolean;
  #table: StateTable;

  constructor(segment: Segment, table: StateTable, direction: Direction = "forward") {
    this.#segment = segment;
    this.#table = table;
    this.#forward = direction === "forward";
  }

  /** Goes on with the states of another table. */
  use(table: StateTable): void {
    this.#table = table;
  }

  isReady(state: number, vertex: number): boolean {
    if (this.#table.has(state, vertex)) return false;
    const needed = this.#forward ? this.#segment.predecessors : this.#segment.successors;
    for (const other of listAt(needed, vertex)) if (!this.#table.has(state, other)) return false;
    return true;
  }

  evaluate(state: number, vertex: number): void {
    const { bytes, scratch, freeable, overwrites, inPlaceBytes } = this.#segment;
    const own = at(bytes, vertex);
    let freed = 0;
    for (const tensor of listAt(freeable, vertex)) if (this.#isLastUse(state, vertex, tensor)) freed += at(bytes, tensor);
    let allocated = own + at(scratch, vertex);
    for (const tensor of listAt(overwrites, vertex)) {
      if (!this.#isLastUse(state, vertex, tensor)) continue;
      allocated -= own - at(inPlaceBytes, vertex);
      break;
    }
    const live = at(this.#table.live, state);
    this.after = this.#forward ? live + own - freed : live - own + freed;
    this.step = (this.#forward ? live : this.after) + allocated;
  }

  /** Whether all other consumers of the tensor have run before this vertex does. */
  #isLastUse(state: number, vertex: number, tensor: number): boolean {
    for (const consumer of listAt(this.#segment.consumers, tensor)) {
      if (consumer !== vertex && this.#table.has(state, consumer) !== this.#forward) return false;
    }
    return true;
  }
}
