/** The states of the schedule search, each kept once. */

/** `intAt` of `base/matrix.ts`, in this module: see there. */
const intAt = (list: Int32Array, index: number): number => list[index] as number;

/** What is kept of a state; see the columns of the table. */
interface Columns {
  readonly live: number;
  readonly peak: number;
  readonly parent: number;
  readonly via: number;
}

/**
 * Sets of executed vertices met during a search, each kept once: an open-addressing hash table over bit sets, with
 * the columns that the searches need. States are numbered from 0 in the order of their first meeting.
 */
export class StateTable {
  readonly words: number;
  bits: Int32Array;
  /** Bytes alive between steps once exactly these vertices have run. */
  live: Float64Array;
  /** Largest step so far on the way here. */
  peak: Float64Array;
  /** State and vertex that led here; −1 at the start. */
  parent: Int32Array;
  via: Int32Array;
  count = 0;
  #slots: Int32Array;

  constructor(vertices: number, capacity = 64) {
    this.words = Math.max(1, (vertices + 31) >>> 5);
    this.bits = new Int32Array(capacity * this.words);
    this.live = new Float64Array(capacity);
    this.peak = new Float64Array(capacity);
    this.parent = new Int32Array(capacity);
    this.via = new Int32Array(capacity);
    this.#slots = new Int32Array(capacity * 4).fill(-1);
  }

  /** Adds the set from which a search begins and gives its number. */
  addRoot(vertices: readonly number[], live: number, peak: number): number {
    const set = new Int32Array(this.words);
    for (const vertex of vertices) set[vertex >>> 5] = intAt(set, vertex >>> 5) | (1 << (vertex & 31));
    return this.#append(set, { live, peak, parent: -1, via: -1 });
  }

  has(state: number, vertex: number): boolean {
    return ((intAt(this.bits, state * this.words + (vertex >>> 5)) >>> (vertex & 31)) & 1) === 1;
  }

  /** The number of `state` with `vertex` added. It is new where `count` has grown; its columns are then those given. */
  extend(state: number, vertex: number, live: number, peak: number): number {
    const { words } = this;
    if ((this.count + 1) * 2 > this.#slots.length) this.#rehash();
    const set = this.bits.slice(state * words, (state + 1) * words);
    set[vertex >>> 5] = intAt(set, vertex >>> 5) | (1 << (vertex & 31));
    for (let slot = this.#hash(set, 0); ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const found = intAt(this.#slots, slot);
      if (found === -1) {
        this.#slots[slot] = this.count;
        return this.#append(set, { live, peak, parent: state, via: vertex });
      }
      let word = 0;
      while (word < words && this.bits[found * words + word] === set[word]) word++;
      if (word === words) return found;
    }
  }

  /** The vertices added on the way to a state, first to last. */
  path(state: number): number[] {
    const path: number[] = [];
    for (let ancestor = state; intAt(this.parent, ancestor) >= 0; ancestor = intAt(this.parent, ancestor))
      path.push(intAt(this.via, ancestor));
    return path.reverse();
  }

  #append(set: Int32Array, { live, peak, parent, via }: Columns): number {
    if (this.count === this.live.length) this.#grow();
    const state = this.count++;
    this.bits.set(set, state * this.words);
    this.live[state] = live;
    this.peak[state] = peak;
    this.parent[state] = parent;
    this.via[state] = via;
    return state;
  }

  #hash(bits: Int32Array, offset: number): number {
    let hash = 0x811c9dc5;
    for (let word = 0; word < this.words; word++) hash = Math.imul(hash ^ intAt(bits, offset + word), 0x9e3779b1) ^ (hash >>> 15);
    return (hash ^ (hash >>> 16)) & (this.#slots.length - 1);
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let state = 0; state < this.count; state++) {
      let slot = this.#hash(this.bits, state * this.words);
      while (this.#slots[slot] !== -1) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = state;
    }
  }

  #grow(): void {
    const copy = <A extends Int32Array | Float64Array>(from: A, to: A): A => {
      to.set(from);
      return to;
    };
    this.bits = copy(this.bits, new Int32Array(this.bits.length * 2));
    this.live = copy(this.live, new Float64Array(this.live.length * 2));
    this.peak = copy(this.peak, new Float64Array(this.peak.length * 2));
    this.parent = copy(this.parent, new Int32Array(this.parent.length * 2));
    this.via = copy(this.via, new Int32Array(this.via.length * 2));
  }
}
