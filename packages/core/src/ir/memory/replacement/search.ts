/** The least traffic of a window: A* over what has run and what is where. */
import { type State, TrafficBound } from "./bound.ts";
import type { Window } from "./window.ts";

/** `intAt` and `at` of `base/matrix.ts`, in this module: see there. */
const intAt = (list: Int32Array, index: number): number => list[index] as number;
const at = (vector: Float64Array, index: number): number => vector[index] as number;

/** One operator of a solution. */
export interface WindowStep {
  readonly operator: number;
  /** Tensors loaded for it. */
  readonly loads: number;
  /** The tensor that it overwrites, or −1. */
  readonly overwritten: number;
}

export interface WindowSolution {
  readonly steps: readonly WindowStep[];
  /** Tensors in the scratchpad at the end. */
  readonly resident: number;
  /** Bytes, with what `Window.wanted` charges. */
  readonly bytes: number;
}

export interface WindowResult {
  /** Nothing where no solution is below what was asked, or the search gave up. */
  readonly found: WindowSolution | undefined;
  /** No solution (below what was asked) needs less. */
  readonly lowerBound: number;
  readonly proven: boolean;
  /** States that were made. */
  readonly effort: number;
}

/** A state that was reached, and how. */
interface Reached extends State {
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes so far and those still needed at least. */
  readonly total: number;
  readonly depth: number;
  readonly parent: Reached | undefined;
  readonly operator: number;
  readonly loads: number;
  readonly overwritten: number;
  dominated: boolean;
}

/** Cheapest first; among equals the one that has run most, and what was found last. */
class Frontier {
  readonly #items: Reached[] = [];

  push(state: Reached): void {
    const items = this.#items;
    let slot = items.push(state) - 1;
    while (slot > 0) {
      const up = (slot - 1) >> 1;
      const above = items[up] as Reached;
      if (above.total < state.total || (above.total === state.total && above.depth > state.depth)) break;
      items[slot] = above;
      slot = up;
    }
    items[slot] = state;
  }

  pop(): Reached | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (!top || !last || items.length === 0) return top;
    let slot = 0;
    for (;;) {
      let down = 2 * slot + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && precedes(items[down + 1] as Reached, items[down] as Reached)) down++;
      if (!precedes(items[down] as Reached, last)) break;
      items[slot] = items[down] as Reached;
      slot = down;
    }
    items[slot] = last;
    return top;
  }
}

function precedes(a: Reached, b: Reached): boolean {
  return a.total < b.total || (a.total === b.total && a.depth > b.depth);
}

/**
 * A* (Hart, Nilsson and Raphael 1968). A state is a set of operators that have run, with the tensors in the scratchpad and
 * those with a copy in main memory. A transition runs one more operator: it loads the inputs that are away, and where room
 * is short, tensors that it does not read leave: every choice of which none could stay. Loading no earlier and leaving no
 * earlier than that loses nothing, as neither makes the later cheaper.
 *
 * Two rules keep the states few; both hold because addresses play no part here:
 *
 * - A state is dropped where another one with the same operators, turned into it by loads and stores, is no dearer.
 * - Where an operator can run without traffic, and a tensor of which there is no copy dies by it that is no smaller than the
 *   result, it alone is followed: in any completion it can run first, and its result leave and return when that tensor does.
 *
 * @param below only solutions with fewer bytes are of interest
 * @param limit states to make, about
 */
export function searchWindow(window: Window, below: number, limit: number): WindowResult {
  const { bytes, scratch, inPlaceBytes, before, reads, overwrites, readers, after, unread, capacity } = window;
  const count = window.vertices.length;
  const all = (1 << count) - 1;
  const bound = new TrafficBound(window);
  const { sum } = bound;
  const frontier = new Frontier();
  const buckets = new Map<number, Reached[]>();
  let effort = 0;

  const start = { done: 0, resident: window.resident, stored: window.stored };
  const total = bound.of(start);
  if (total >= below) return { found: undefined, lowerBound: below, proven: true, effort };
  frontier.push({ ...start, bytes: 0, total, depth: 0, parent: undefined, operator: -1, loads: 0, overwritten: -1, dominated: false });
  for (;;) {
    const state = frontier.pop();
    if (!state) return { found: undefined, lowerBound: below, proven: true, effort };
    if (state.dominated) continue;
    if (state.done === all) return { found: solution(state), lowerBound: state.total, proven: true, effort };
    if (effort >= limit) return { found: undefined, lowerBound: state.total, proven: false, effort };
    expand(state);
  }

  function expand(state: Reached): void {
    const ready: number[] = [];
    for (let operator = 0; operator < count; operator++) {
      if ((state.done >>> operator) & 1 || (intAt(before, operator) & ~state.done) !== 0) continue;
      if (isHarmless(state, operator)) {
        run(state, operator, 0, dying(state, operator), false);
        return;
      }
      ready.push(operator);
    }
    for (const operator of ready) {
      const dead = dying(state, operator);
      makeRoom(state, operator, dead, false);
      // A tensor that is still needed may be overwritten too, once it has a copy; that pays only where room is short.
      if ((intAt(overwrites, operator) & dead) !== 0) continue;
      for (let rest = intAt(overwrites, operator); rest !== 0; rest &= rest - 1) {
        const input = 31 - Math.clz32(rest & -rest);
        if (shortage(state, operator, dead, false) > 0) makeRoom(state, operator, dead, true, input);
      }
    }
  }

  /** Tensors that nothing needs once the operator has run. */
  function dying(state: State, operator: number): number {
    const done = state.done | (1 << operator);
    let dead = 0;
    for (let rest = intAt(reads, operator) & ~after; rest !== 0; rest &= rest - 1) {
      const tensor = 31 - Math.clz32(rest & -rest);
      if ((intAt(readers, tensor) & ~done) === 0) dead |= 1 << tensor;
    }
    return dead;
  }

  /** Bytes that are missing for the operator to run while all that is there stays. */
  function shortage(state: State, operator: number, dead: number, takesLive: boolean): number {
    const inPlace = takesLive || (intAt(overwrites, operator) & dead) !== 0;
    return sum(state.resident | intAt(reads, operator)) + at(inPlace ? inPlaceBytes : bytes, operator) + at(scratch, operator) - capacity;
  }

  function isHarmless(state: State, operator: number): boolean {
    const reading = intAt(reads, operator);
    // Reading a network input for the first time settles where it began.
    if ((reading & ~state.resident) !== 0 || firstRead(state, reading & state.stored) !== 0) return false;
    const dead = dying(state, operator);
    let pays = false;
    for (let rest = dead & ~state.stored; rest !== 0; rest &= rest - 1) {
      if (at(bytes, 31 - Math.clz32(rest & -rest)) >= at(bytes, operator)) pays = true;
    }
    return pays && shortage(state, operator, dead, false) <= 0;
  }

  /** Those of the tensors that are network inputs which nothing has read. */
  function firstRead(state: State, tensors: number): number {
    let mask = 0;
    for (let rest = tensors & unread; rest !== 0; rest &= rest - 1) {
      const tensor = 31 - Math.clz32(rest & -rest);
      if ((intAt(readers, tensor) & state.done) === 0) mask |= 1 << tensor;
    }
    return mask;
  }

  /** Runs the operator after each smallest choice of tensors that leave. */
  function makeRoom(state: Reached, operator: number, dead: number, takesLive: boolean, input = -1): void {
    const short = shortage(state, operator, dead, takesLive);
    const candidates: number[] = [];
    for (let rest = state.resident & ~intAt(reads, operator); rest !== 0; rest &= rest - 1) {
      const tensor = 31 - Math.clz32(rest & -rest);
      if (at(bytes, tensor) > 0) candidates.push(tensor);
    }
    // Largest first, so that a choice is smallest where its last member is needed.
    candidates.sort((a, b) => at(bytes, b) - at(bytes, a));
    const choose = (from: number, chosen: number, missing: number) => {
      if (missing <= 0) {
        run(state, operator, chosen, dead, takesLive, input);
        return;
      }
      for (let index = from; index < candidates.length; index++) {
        const tensor = candidates[index] as number;
        choose(index + 1, chosen | (1 << tensor), missing - at(bytes, tensor));
      }
    };
    choose(0, 0, short);
  }

  function run(state: Reached, operator: number, leaving: number, dead: number, takesLive: boolean, input = -1): void {
    const reading = intAt(reads, operator);
    const loads = reading & ~state.resident;
    const taken = takesLive ? 1 << input : 0;
    let stored = state.stored | leaving;
    let cost = sum(leaving & ~state.stored) + sum(loads);
    // A network input that is read where it was put at the start has no copy in main memory.
    stored &= ~firstRead(state, reading & state.resident);
    cost += sum(taken & ~stored);
    stored |= taken;
    const done = state.done | (1 << operator);
    const needed = bound.needed(done);
    const next = {
      done,
      resident: ((state.resident & ~leaving & ~taken) | loads | (1 << operator)) & needed & ~taken,
      stored: stored & needed,
    };
    const cheapest = state.bytes + cost;
    if (cheapest >= below) return;
    effort++;
    const bucket = buckets.get(done);
    if (bucket) {
      for (const other of bucket) {
        if (other.bytes <= cheapest && other.bytes + conversion(other, next) <= cheapest) return;
      }
      let kept = 0;
      for (const other of bucket) {
        other.dominated = cheapest <= other.bytes && cheapest + conversion(next, other) <= other.bytes;
        if (!other.dominated) bucket[kept++] = other;
      }
      bucket.length = kept;
    }
    // What was needed at least before is needed still.
    const total = Math.max(state.total, cheapest + bound.of(next));
    if (total >= below) return;
    const overwritten = takesLive ? input : lowestBit(intAt(overwrites, operator) & dead);
    const reached = {
      ...next,
      bytes: cheapest,
      total,
      depth: state.depth + 1,
      parent: state,
      operator,
      loads,
      overwritten,
      dominated: false,
    };
    if (bucket) bucket.push(reached);
    else buckets.set(done, [reached]);
    frontier.push(reached);
  }

  /** Bytes that turn one state into another: stores, and loads. */
  function conversion(from: State, to: State): number {
    return sum(to.stored & ~from.stored) + sum(to.resident & ~from.resident);
  }

  function solution(state: Reached): WindowSolution {
    const steps: WindowStep[] = [];
    for (let reached: Reached | undefined = state; reached?.parent; reached = reached.parent) {
      steps.push({ operator: reached.operator, loads: reached.loads, overwritten: reached.overwritten });
    }
    return { steps: steps.reverse(), resident: state.resident, bytes: state.total };
  }
}

function lowestBit(mask: number): number {
  return mask === 0 ? -1 : 31 - Math.clz32(mask & -mask);
}
