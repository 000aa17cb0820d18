/** What a search may see of an experiment's candidates before any is evaluated. */
import { ShapeError } from "../ir/index.ts";
import { graphFeatures } from "../score/index.ts";
import type { CandidateFeatures, ObjectiveTraits, SearcherOptions } from "../search/index.ts";
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

/** Error in percent: nothing is better than 0, and from 90 on nothing is learned. */
const error: ObjectiveTraits = { nature: "score", least: 0, worst: 90 };
const cost: ObjectiveTraits = { nature: "cost", least: 0 };

/** What the objectives of a table are like: `error`, or by any other name a cost. */
export function objectiveTraits(objectives: readonly string[]): readonly ObjectiveTraits[] {
  return objectives.map((name) => (name === "error" ? error : cost));
}

/**
 * What searches in a table are told of it: features of the candidates, each looked at once in all searches, and what the objectives are
 * like: `error`, or by any other name a cost.
 * @param format the canonical text of a genotype.
 */
export function candidatesSeen(
  spec: SpaceSpec,
  task: Task,
  format: (genotype: Genotype) => string,
  objectives: readonly string[],
): Required<Pick<SearcherOptions<Genotype>, "features" | "traits">> {
  const look = candidateFeatures(spec, task);
  const looked = new Map<string, CandidateFeatures>();
  return {
    traits: objectiveTraits(objectives),
    features: (genotype) => {
      const text = format(genotype);
      const features = looked.get(text) ?? look(genotype);
      looked.set(text, features);
      return features;
    },
  };
}
