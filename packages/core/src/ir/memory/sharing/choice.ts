/** Which views are copies after all. */
import { at, listAt } from "../../../base/matrix.ts";
import type { NodeIndex } from "../../network.ts";
import type { MemoryGraph } from "../memoryGraph.ts";

/** What is asked of a plan. */
interface Planned {
  readonly arenaBytes: number;
  readonly peakLiveBytes: number;
  readonly lowerBoundBytes: number;
  readonly scheduleIsOptimal: boolean;
}

/** A plan, and the graph that was planned. */
export interface SharingAttempt<P> {
  readonly plan: P;
  readonly graph: MemoryGraph;
}

/** Up to so many views of which it is not known whether they pay are tried in all combinations. */
const exhaustiveViews = 3;
/** Single views to try beyond that. */
const singleTries = 12;
/** Of the effort that one plan may take, for each try after the first. */
const shareOfTries = 0.2;

const isBetter = (a: Planned, b: Planned) =>
  a.arenaBytes < b.arenaBytes || (a.arenaBytes === b.arenaBytes && a.peakLiveBytes < b.peakLiveBytes);

/**
 * The best plan over which uncertain views are copied: all combinations where they are few; else all as views, all as copies, and from the
 * better of these one change at a time. What the plan then says is proven of any choice.
 *
 * @param attempt plans with these nodes copied, with this share of the effort
 */
export function bestSharing<P extends Planned>(attempt: (copied: ReadonlySet<NodeIndex>, share: number) => SharingAttempt<P>): P {
  const first = attempt(new Set(), 1);
  const { uncertain } = first.graph;
  if (uncertain.length === 0) return first.plan;

  const bound = boundOfAnyChoice(first.graph);
  let best: { readonly copied: ReadonlySet<NodeIndex>; readonly plan: P } = { copied: new Set(), plan: first.plan };
  let leastBound = first.plan.lowerBoundBytes;
  const isDone = () => best.plan.arenaBytes <= bound;
  const consider = (copied: ReadonlySet<NodeIndex>) => {
    if (isDone()) return;
    const { plan } = attempt(copied, shareOfTries);
    leastBound = Math.min(leastBound, plan.lowerBoundBytes);
    if (isBetter(plan, best.plan)) best = { copied, plan };
  };
  const toggled = (copied: ReadonlySet<NodeIndex>, node: NodeIndex) =>
    new Set(copied.has(node) ? [...copied].filter((other) => other !== node) : [...copied, node]);

  const isExhaustive = uncertain.length <= exhaustiveViews;
  if (isExhaustive) {
    for (let set = 1; set < 2 ** uncertain.length; set++) consider(new Set(uncertain.filter((_, bit) => set & (1 << bit))));
  } else {
    consider(new Set(uncertain));
    for (const node of uncertain.slice(0, singleTries)) consider(toggled(best.copied, node));
  }
  const lowerBoundBytes = Math.max(bound, isExhaustive && !isDone() ? leastBound : 0);
  return { ...best.plan, lowerBoundBytes, scheduleIsOptimal: best.plan.peakLiveBytes <= lowerBoundBytes };
}

/** What every choice needs at its worst step: for some operator its inputs and its output, if no choice changes these. */
function boundOfAnyChoice(graph: MemoryGraph): number {
  let bound = 0;
  for (let vertex = 0; vertex < graph.size; vertex++) {
    const inputs = listAt(graph.inputs, vertex);
    if (graph.unsure[vertex] || inputs.some((input) => graph.unsure[input])) continue;
    const own = at(listAt(graph.overwrites, vertex).length > 0 ? graph.inPlaceBytes : graph.bytes, vertex);
    bound = Math.max(
      bound,
      inputs.reduce((sum, input) => sum + at(graph.bytes, input), own + at(graph.scratch, vertex)),
    );
  }
  return bound;
}
