/** The ten cells of NAS-Bench-201 that are measured on a device of which nothing is known. */
import {
  createRng,
  createSpace,
  describeSpace,
  type LatencyPredictor,
  learnLatencyPredictor,
  type Network,
  resolveSpaceSpec,
  sampleSpace,
} from "@archwright/core";

export const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
export const spec = resolveSpaceSpec({ name: "nasbench201" }, task);

export interface Cell {
  readonly architecture: string;
  readonly network: Network;
}

/** @returns the cells, with the model and the architectures that they were chosen by. */
export function tenCells(): {
  readonly cells: readonly Cell[];
  readonly architectures: readonly string[];
  readonly predictor: LatencyPredictor;
} {
  const architectures = sampleSpace(spec, task, 1000, 0);
  const predictor = learnLatencyPredictor("default", { architectures, devices: [] }, describeSpace(spec, task));
  const space = createSpace(spec, task);
  const chosen = predictor.suggest(architectures, 10, createRng("0/fit"));
  return {
    cells: chosen.map((architecture) => ({ architecture, network: space.network(space.parse(architecture), task) })),
    architectures,
    predictor,
  };
}
