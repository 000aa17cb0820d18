/** What a search may see of an experiment's candidates before any is evaluated. */
import { ShapeError } from "../ir/index.ts";
import { graphFeatures } from "../score/index.ts";
import type { CandidateFeatures } from "../search/index.ts";
import { createSpace, type Genotype, type SpaceSpec, type Task } from "../spaces/index.ts";

const nothing: CandidateFeatures = { summary: new Map(), structure: new Map(), executed: new Map() };

/**
 * The features of the graphs that a space's genotypes stand for. Nothing where a network cannot be built for the task: such candidates
 * fail when they are evaluated.
 */
export function candidateFeatures(spec: SpaceSpec, task: Task): (genotype: Genotype) => CandidateFeatures {
  // The cells of a stage are alike: one of each tells as much as the published five, in a fifth of the time.
  const space = createSpace(spec.name === "nasbench201" ? { ...spec, cells_per_stage: 1 } : spec, task);
  return (genotype) => {
    try {
      return graphFeatures(space.network(genotype, task));
    } catch (error) {
      if (error instanceof ShapeError) return nothing;
      throw error;
    }
  };
}
