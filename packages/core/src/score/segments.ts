/** What lies side by side in a network: the parts between tensors that everything passes through. */
import { intAt, item } from "../base/matrix.ts";
import type { Network, Node } from "../ir/index.ts";
import { type PathStep, pathStep } from "./paths.ts";

/** Kinds of paths in one segment by how many layers, spatial convolutions and poolings are on them, and how many paths of the kind there are. */
type Kinds = ReadonlyMap<string, { readonly step: PathStep; readonly paths: number }>;

/**
 * Sums over the segments in which paths run side by side, of what the paths in one are like: how many segments; how many have a path
 * without any operator (residual connections) and one of poolings alone; the share of paths without layers; how many kinds of paths
 * there are; the standard deviation of the layers; and of the fewest and the most layers and operators. Beside them the sum, over the
 * stages of one resolution, of the share of paths through the stage without layers. Nothing where no operator is live.
 */
export function segmentStatistics(network: Network, live: Int32Array): Readonly<Record<string, number>> {
  const { nodes } = network;
  const lastReader = new Int32Array(nodes.length);
  nodes.forEach(({ inputs }, i) => {
    if (intAt(live, i) === 1) for (const input of inputs) lastReader[input] = i;
  });
  for (const output of network.outputs) lastReader[output] = nodes.length;
  const sums = { segments: 0, identity: 0, pooled: 0, "layer-free": 0, kinds: 0, sd: 0, most: 0, least: 0, terms: 0 };
  let from = -1;
  let farthest = -1;
  let kinds: (Kinds | undefined)[] = [];
  let inside = 0;
  /** Share of the paths through the stage so far that have no layers, and the sum of those of the stages before. */
  let free = 1;
  let freeBefore = 0;
  nodes.forEach((node, i) => {
    if (intAt(live, i) === 0) return;
    const isBottleneck = farthest <= i;
    if (from >= 0) {
      const merged = mergeKinds(node.inputs.flatMap((input) => (input === from ? [start] : (kinds[input] ?? []))));
      const here = advanceKinds(merged, pathStep(node.op));
      if (isBottleneck) {
        if (inside > 0 && here.size > 0) addSegment(sums, here);
        if (resolution(item(nodes, from)) === resolution(node)) free *= layerFree(here);
        else [freeBefore, free] = [freeBefore + free, 1];
      } else {
        kinds[i] = here;
        inside++;
      }
    }
    if (isBottleneck) {
      from = i;
      kinds = [];
      inside = 0;
    }
    farthest = Math.max(farthest, intAt(lastReader, i));
  });
  if (from < 0) return {};
  return {
    ...Object.fromEntries(Object.entries(sums).map(([name, value]) => [`segments ${name}`, value])),
    "segments layer-free stages": freeBefore + free,
  };
}

/** Height and width of what a node gives. */
function resolution({ output }: Node): string {
  return output.shape.slice(2).join();
}

/** Share of the paths without layers. */
function layerFree(kinds: Kinds): number {
  let [free, all] = [0, 0];
  for (const { step, paths } of kinds.values()) {
    all += paths;
    if (step.layers === 0) free += paths;
  }
  return all > 0 ? free / all : 0;
}

const start: Kinds = new Map([["0/0/0", { step: { layers: 0, spatial: 0, pools: 0 }, paths: 1 }]]);

function mergeKinds(parts: readonly Kinds[]): Kinds {
  if (parts.length === 1) return item(parts, 0);
  const merged = new Map<string, { readonly step: PathStep; readonly paths: number }>();
  for (const part of parts) {
    for (const [key, { step, paths }] of part) merged.set(key, { step, paths: paths + (merged.get(key)?.paths ?? 0) });
  }
  return merged;
}

function advanceKinds(kinds: Kinds, by: PathStep): Kinds {
  if (by.layers + by.pools === 0) return kinds;
  return new Map(
    [...kinds.values()].map(({ step, paths }) => {
      const next = { layers: step.layers + by.layers, spatial: step.spatial + by.spatial, pools: step.pools + by.pools };
      return [`${next.layers}/${next.spatial}/${next.pools}`, { step: next, paths }];
    }),
  );
}

function addSegment(sums: Record<string, number>, kinds: Kinds): void {
  const all = [...kinds.values()];
  const paths = all.reduce((sum, kind) => sum + kind.paths, 0);
  const mean = all.reduce((sum, { step, paths: count }) => sum + count * step.layers, 0) / paths;
  const variance = all.reduce((sum, { step, paths: count }) => sum + count * (step.layers - mean) ** 2, 0) / paths;
  const add = (name: string, value: number) => {
    sums[name] = (sums[name] ?? 0) + value;
  };
  add("segments", 1);
  add("identity", all.some(({ step }) => step.layers + step.pools === 0) ? 1 : 0);
  add("pooled", all.some(({ step }) => step.layers === 0 && step.pools > 0) ? 1 : 0);
  add("layer-free", layerFree(kinds));
  add("kinds", kinds.size);
  add("terms", paths);
  add("sd", Math.sqrt(variance));
  add(
    "most",
    all.reduce((value, { step }) => Math.max(value, step.layers), 0),
  );
  add(
    "least",
    all.reduce((value, { step }) => Math.min(value, step.layers), Number.POSITIVE_INFINITY),
  );
}
