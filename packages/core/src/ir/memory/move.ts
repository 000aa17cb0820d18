import type { Segment } from "./segment.ts";
import type { StateTable } from "./stateTable.ts";

/** From the first vertex to the last, or undoing them from the last to the first. */
export type Direction = "forward" | "backward";

/**
 * What moving one vertex costs from a state: a set of vertices that have run, or backward, that have been undone.
 * Reused for every move of a search, which makes hundreds of thousands of them.
 */
export class Move {
  /** Bytes alive while the vertex runs. */
  step = 0;
  /** Bytes alive in the state that the move leads to. */
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
    for (const other of needed[vertex] as readonly number[]) if (!this.#table.has(state, other)) return false;
    return true;
  }

  evaluate(state: number, vertex: number): void {
    const { bytes, scratch, mortal, overwrites } = this.#segment;
    const own = bytes[vertex] as number;
    let freed = 0;
    for (const tensor of mortal[vertex] as readonly number[]) if (this.#dies(state, vertex, tensor)) freed += bytes[tensor] as number;
    let allocated = own + (scratch[vertex] as number);
    for (const tensor of overwrites[vertex] as readonly number[]) {
      if (!this.#dies(state, vertex, tensor)) continue;
      allocated -= own;
      break;
    }
    const live = this.#table.live[state] as number;
    this.after = this.#forward ? live + own - freed : live - own + freed;
    this.step = (this.#forward ? live : this.after) + allocated;
  }

  /** Whether all other consumers of the tensor have run before this vertex does. */
  #dies(state: number, vertex: number, tensor: number): boolean {
    for (const consumer of this.#segment.consumers[tensor] as readonly number[]) {
      if (consumer !== vertex && this.#table.has(state, consumer) !== this.#forward) return false;
    }
    return true;
  }
}
