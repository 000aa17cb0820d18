/** Bayesian optimisation with one part taken away or replaced. */
import type { CandidateFeatures, ObjectiveTraits, SearcherSettings } from "@archwright/core/search";
import type { space } from "../search-algorithms/table.ts";

export type Genotype = Parameters<typeof space.format>[0];

export interface Variant {
  /** By default `bayesian`. */
  readonly algorithm?: string;
  readonly settings?: SearcherSettings;
  /** Shows encodings alone. */
  readonly blind?: true;
  /** What is shown of the features. */
  readonly look?: (features: CandidateFeatures) => CandidateFeatures;
  readonly traits?: (traits: readonly ObjectiveTraits[]) => readonly ObjectiveTraits[];
  /** Whether latency is known from the start. */
  readonly known?: true;
  /** Random candidates at the start, in place of those that stand for the regions of the space. */
  readonly initial?: number;
}

const empty: ReadonlyMap<string, number> = new Map();
const without = (pattern: RegExp) => (features: CandidateFeatures) => ({
  ...features,
  summary: new Map([...features.summary].filter(([name]) => !pattern.test(name))),
});

export const variants: Readonly<Record<string, Variant>> = {
  whole: {},
  "latency known": { known: true },
  "encodings alone": { blind: true },
  "no structure": { look: (features) => ({ ...features, structure: empty }) },
  "no executed": { look: (features) => ({ ...features, executed: empty }) },
  "no paths": { look: without(/^(paths|segments|stages)/) },
  "no segments": { look: without(/^(segments|stages)/) },
  "latency as a score": { traits: (traits) => traits.map((trait) => (trait.nature === "cost" ? { nature: "score" } : trait)) },
  "random start": { initial: 8 },
  "pool 400": { settings: { pool: 400 } },
  nsga2: { algorithm: "nsga2" },
};
