/** Searches for the order within a segment: an exact one, and a beam search. */
import { at, listAt, numberAt } from "../../base/matrix.ts";
import { leastLiveSet, liveBytes } from "./minimumCut.ts";
import type { Segment } from "./segment.ts";
import { StateTable } from "./stateTable.ts";
import { type Direction, Transition } from "./transition.ts";

/** An order of a segment's vertices (numbered within it). */
export interface SegmentOrder {
  readonly order: readonly number[];
  readonly peakBytes: number;
}

/** What a search found: nothing where no order beats `below`. `proven`: no order has a smaller peak than it, or than `below`. */
export interface SearchResult {
  readonly found: SegmentOrder | undefined;
  readonly proven: boolean;
  /** Moves looked at. */
  readonly effort: number;
}

/** Moves put off because they exceed the peak allowed so far: a binary heap, cheapest first. */
class DeferredTransitions {
  readonly #items: { readonly step: number; readonly after: number; readonly state: number; readonly vertex: number }[] = [];

  get least(): number {
    return this.#items[0]?.step ?? Number.POSITIVE_INFINITY;
  }

  push(step: number, after: number, state: number, vertex: number): void {
    const items = this.#items;
    let slot = items.push({ step, after, state, vertex }) - 1;
    while (slot > 0) {
      const up = (slot - 1) >> 1;
      if ((items[up]?.step as number) <= (items[slot]?.step as number)) break;
      this.#swap(up, slot);
      slot = up;
    }
  }

  pop() {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (!top || !last || items.length === 0) return top;
    items[0] = last;
    for (let slot = 0; ; ) {
      let down = 2 * slot + 1;
      if (down >= items.length) return top;
      if (down + 1 < items.length && (items[down + 1]?.step as number) < (items[down]?.step as number)) down++;
      if ((items[slot]?.step as number) <= (items[down]?.step as number)) return top;
      this.#swap(slot, down);
      slot = down;
    }
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#items[a], this.#items[b]];
    if (x && y) [this.#items[a], this.#items[b]] = [y, x];
  }
}

export interface ExactSearchOptions {
  /** A peak that need not be undercut, since other segments reach it anyway. */
  readonly floor: number;
  /** Only orders with a smaller peak are of interest. */
  readonly below: number;
  /** Transitions (a set and a vertex) to look at, about. */
  readonly limit: number;
  readonly direction: Direction;
}

/**
 * The order whose worst step is least: a bottleneck shortest path over the sets of vertices that can have run
 * (Ahn et al. 2020, "Ordering Chaos", section 3, gives the state space). What is alive depends on the set alone, not
 * on how it was reached. A peak is allowed, at first `floor`; depth first, all sets within it are visited; when
 * none is left, the cheapest transition that was put off raises it. So a set is visited once, and the first complete one is
 * optimal. Two rules keep the number of sets small:
 *
 * - Where some transition neither exceeds the allowed peak nor leaves more alive than before, it alone is followed. Take
 *   any completion and play that vertex first instead. At every later step the set is larger by it. A tensor that
 *   would die, or be overwritten, in the old order does so in the new one too, and the vertex adds at most as much
 *   to a larger set as to a smaller one. So no step grows.
 * - Where a set is reached, from the base of the search, that leaves no more alive than the base, the search commits to
 *   the set X between the two that leaves least, and begins anew from there. Bytes alive, f, are submodular:
 *   f(T ∩ X) + f(T ∪ X) ≤ f(T) + f(X). X is reached within the allowed peak by skipping the vertices outside it on the
 *   way (f(T ∪ X) ≥ f(X) there); and any completion through sets T can go through T ∪ X instead (f(T ∩ X) ≥ f(X)).
 *   Operators in place keep both true: overwriting saves exactly the bytes that the next set no longer counts.
 *   So long networks take time linear in their length. (Liu 1987 commits to valleys like these in trees.)
 *
 * Backward, the search undoes vertices from the last to the first; both rules hold there likewise. What is computed from
 * constants alone can run at any time: going forward that makes many sets, backward it is undone at once. With side
 * outputs it is the other way round.
 *
 */
export function searchExact(segment: Segment, { floor, below, limit, direction }: ExactSearchOptions): SearchResult {
  const forward = direction === "forward";
  const size = segment.vertices.length;
  const committed: number[] = [];
  const done = new Uint8Array(size).fill(forward ? 0 : 1);
  let table = new StateTable(size);
  const transition = new Transition(segment, table, direction);
  let deferred = new DeferredTransitions();
  let stack: number[] = [];
  /** How many vertices each state has beyond the base. */
  let depth: number[] = [0];
  /** The vertices that can be moved next from each state. */
  let ready: (readonly number[])[] = [];
  const unlocked = forward ? segment.successors : segment.predecessors;
  let baseBytes = liveBytes(segment, done);
  let allowed = floor;
  let effort = 0;
  stack.push(table.addRoot([], baseBytes, 0));
  ready.push(segment.vertices.map((_, vertex) => vertex).filter((vertex) => transition.isReady(0, vertex)));

  while (committed.length < size) {
    if (effort >= limit) return { found: undefined, proven: false, effort };
    const state = stack.pop();
    if (state !== undefined) {
      expand(state);
      continue;
    }
    allowed = deferred.least;
    const next = deferred.pop();
    if (!next || allowed >= below) return { found: undefined, proven: true, effort };
    visit(next.state, next.vertex, next.after);
  }
  return { found: { order: forward ? committed : committed.reverse(), peakBytes: allowed }, proven: true, effort };

  function visit(state: number, vertex: number, after: number): void {
    const before = table.count;
    const next = table.extend(state, vertex, after, 0);
    if (table.count === before) return;
    depth[next] = numberAt(depth, state) + 1;
    ready[next] = readyAfter(next, listAt(ready, state), [vertex]);
    if (committed.length + numberAt(depth, next) === size) commit(table.path(next));
    else if (after <= baseBytes) commit(lowest(table.path(next)));
    else stack.push(next);
  }

  /** The part of a path that leads to the set with least alive. */
  function lowest(path: readonly number[]): readonly number[] {
    if (path.length === 1) return path;
    if (forward) return leastLiveSet(segment, done, path, "largest");
    const without = done.slice();
    for (const vertex of path) without[vertex] = 0;
    const kept = new Set(leastLiveSet(segment, without, path, "smallest"));
    return path.filter((vertex) => !kept.has(vertex));
  }

  function commit(vertices: readonly number[]): void {
    committed.push(...vertices);
    for (const vertex of vertices) done[vertex] = forward ? 1 : 0;
    baseBytes = liveBytes(segment, done);
    table = new StateTable(size, 16);
    transition.use(table);
    deferred = new DeferredTransitions();
    depth = [0];
    stack = [table.addRoot(committed, baseBytes, 0)];
    ready = [readyAfter(0, listAt(ready, 0), vertices)];
  }

  function readyAfter(state: number, before: readonly number[], moved: readonly number[]): readonly number[] {
    const candidates = new Set([...before, ...moved.flatMap((vertex) => listAt(unlocked, vertex))]);
    return [...candidates].filter((vertex) => transition.isReady(state, vertex));
  }

  function expand(state: number): void {
    const live = at(table.live, state);
    effort += listAt(ready, state).length;
    const transitions: { vertex: number; step: number; after: number }[] = [];
    for (const vertex of listAt(ready, state)) {
      transition.evaluate(state, vertex);
      if (transition.step <= allowed && transition.after <= live) {
        visit(state, vertex, transition.after);
        return;
      }
      if (transition.step < below || transition.step <= allowed)
        transitions.push({ vertex, step: transition.step, after: transition.after });
    }
    // What leaves least alive is pushed last and followed first.
    transitions.sort((a, b) => b.after - a.after);
    const current = table;
    for (const { vertex, step, after } of transitions) {
      if (step <= allowed) visit(state, vertex, after);
      else deferred.push(step, after, state, vertex);
      if (table !== current) return;
    }
  }
}

/**
 * A good order without proof: grows `width` orders side by side, one vertex at a time, keeping those with the
 * smallest peak (above `floor`) and, among these, with the least alive.
 */
export function searchBeam(segment: Segment, floor: number, width: number): SegmentOrder {
  const size = segment.vertices.length;
  const table = new StateTable(size);
  const transition = new Transition(segment, table);
  let layer = [table.addRoot([], segment.startBytes, floor)];
  for (let step = 0; step < size; step++) {
    const next: number[] = [];
    for (const state of layer) expand(state, next);
    next.sort((a, b) => at(table.peak, a) - at(table.peak, b) || at(table.live, a) - at(table.live, b) || a - b);
    layer = next.slice(0, width);
  }
  const best = numberAt(layer, 0);
  return { order: table.path(best), peakBytes: at(table.peak, best) };

  function expand(state: number, next: number[]): void {
    const peak = at(table.peak, state);
    const transitions: { vertex: number; peak: number; after: number }[] = [];
    for (let vertex = 0; vertex < size; vertex++) {
      if (!transition.isReady(state, vertex)) continue;
      transition.evaluate(state, vertex);
      transitions.push({ vertex, peak: Math.max(peak, transition.step), after: transition.after });
      if (transition.step <= peak && transition.after <= at(table.live, state)) {
        transitions.splice(0, transitions.length - 1);
        break;
      }
    }
    for (const { vertex, peak: reached, after } of transitions) {
      const before = table.count;
      const set = table.extend(state, vertex, after, reached);
      if (table.count > before) next.push(set);
      else if (reached < at(table.peak, set)) {
        table.peak[set] = reached;
        table.parent[set] = state;
        table.via[set] = vertex;
      }
    }
  }
}
