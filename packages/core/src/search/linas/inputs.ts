/** Candidates as inputs of the predictors: the space's encoding and, where more can be seen, the summary and costs of the graph. */
import { BoundedCache } from "../../base/index.ts";
import { at, numberAt } from "../../base/matrix.ts";
import type { CandidateFeatures, ObjectiveTraits, SearcherOptions } from "../searcher.ts";

/** Candidates whose numbers are kept. */
const kept = 20_000;

interface Seen {
  readonly encoding: Float64Array;
  /** Features of the graph by name, for each nature of an objective: what is executed tells of costs alone. */
  readonly named: Readonly<Record<ObjectiveTraits["nature"], ReadonlyMap<string, number>>>;
}

/** Makes inputs that are scaled by a set of trials. */
export class PredictorInputs<G> {
  readonly #options: Pick<SearcherOptions<G>, "space" | "features">;
  readonly #seen = new BoundedCache<Seen>(kept);

  constructor(options: Pick<SearcherOptions<G>, "space" | "features">) {
    this.#options = options;
  }

  /** Whether anything is seen of candidates beside their encoding. */
  get haveFeatures(): boolean {
    return this.#options.features !== undefined;
  }

  /**
   * What gives a candidate's input: its encoding and, after it, those features of the graph that differ among the trials, each brought
   * to one variance such that in all they vary `emphasis`² times as much as the encoding does.
   */
  scaledBy(trials: readonly G[], nature: ObjectiveTraits["nature"], emphasis: number): (genotype: G) => Float64Array {
    const seen = trials.map((genotype) => this.#see(genotype));
    const names = [...new Set(seen.flatMap(({ named }) => [...named[nature].keys()]))].sort();
    const columns = names
      .map((name) => ({ name, ...moments(seen.map(({ named }) => named[nature].get(name) ?? 0)) }))
      .filter(({ mean, variance }) => variance > 1e-9 * (1 + mean * mean));
    const size = seen[0]?.encoding.length ?? 0;
    let ofEncoding = 0;
    for (let column = 0; column < size; column++) ofEncoding += moments(seen.map(({ encoding }) => at(encoding, column))).variance;
    const share = emphasis * Math.sqrt((ofEncoding || 1) / Math.max(1, columns.length));
    const factors = columns.map(({ variance }) => share / Math.sqrt(variance));
    return (genotype) => {
      const { encoding, named } = this.#see(genotype);
      const input = new Float64Array(encoding.length + columns.length);
      input.set(encoding);
      columns.forEach(({ name, mean }, column) => {
        input[encoding.length + column] = ((named[nature].get(name) ?? 0) - mean) * numberAt(factors, column);
      });
      return input;
    };
  }

  #see(genotype: G): Seen {
    const { space, features } = this.#options;
    return this.#seen.get(space.format(genotype), () => {
      const { summary, executed } = features?.(genotype) ?? nothing;
      const seen = new Map([...summary].map(([name, value]) => [`summary ${name}`, value]));
      const named = {
        score: seen,
        cost: new Map([...seen, ...[...executed].map(([name, value]) => [`executed ${name}`, value] as const)]),
      };
      return { encoding: space.encode(genotype), named };
    });
  }
}

const nothing: CandidateFeatures = { summary: new Map(), structure: new Map(), executed: new Map() };

function moments(values: readonly number[]) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}
