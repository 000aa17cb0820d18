/** Search spaces that are lists of categorical genes: all that is not their own. */
import { item } from "../base/matrix.ts";
import type { SearchSpace } from "./searchSpace.ts";

/** The option chosen for each gene, in the order of the genes. Genes that are inactive hold 0, so equal architectures are equal lists. */
export type Genotype = readonly number[];

/** One choice of a space. */
export interface Gene {
  readonly name: string;
  /** What may be chosen, at least one; for people, and the genotype holds positions in it. */
  readonly options: readonly string[];
  /** Whether the options have an order; they are then encoded as one number, otherwise one-hot. */
  readonly ordered: boolean;
  /** The gene counts only where an earlier gene is itself active and holds one of these options; without it, always. */
  readonly when?: { readonly gene: number; readonly options: readonly number[] };
}

/** A space of categorical choices, whose genotypes can also be listed one after another. */
export interface CategoricalSpace extends SearchSpace<Genotype> {
  readonly genes: readonly Gene[];
  /** Every architecture once, in lexicographic order of the genotypes. */
  enumerate(): Generator<Genotype>;
}

/** What a space adds to its genes: their text and their networks. */
export interface CategoricalSpaceParts
  extends Pick<SearchSpace<Genotype>, "name" | "format" | "parse" | "network" | "roles" | "isConstant"> {
  readonly genes: readonly Gene[];
}

/**
 * A search space made of categorical genes, of which some count only where others say so.
 *
 * `sample` draws every active gene uniformly (not every architecture: shallow ones are as likely as deep ones).
 * `mutate` changes exactly one active gene, chosen uniformly among those that have a choice; genes that become active
 * by it are drawn at random. `crossover` is uniform: each gene from either parent, as far as it is active there.
 */
export function categoricalSpace(parts: CategoricalSpaceParts): CategoricalSpace {
  const { genes } = parts;
  checkGenes(genes);
  const length = encodedLength(genes);
  const choices = genes.map(choiceOf);
  return {
    ...parts,
    size: countGenotypes(genes),
    sample: (rng) => fill(choices, (count) => rng.int(count)),
    mutate: (g, rng) => {
      const active = activity(choices, g);
      const free: number[] = [];
      for (let i = 0; i < choices.length; i++) if (active[i] && (choices[i] as Choice).count > 1) free.push(i);
      if (free.length === 0) return g;
      const chosen = rng.pick(free);
      return fill(choices, (count, i) => {
        if (i === chosen) return (item(g, i) + 1 + rng.int(count - 1)) % count;
        return active[i] ? item(g, i) : rng.int(count);
      });
    },
    crossover: (a, b, rng) => {
      const inA = activity(choices, a);
      const inB = activity(choices, b);
      return fill(choices, (_count, i) => {
        const fromA = inA[i] && inB[i] ? rng.int(2) === 0 : inA[i];
        return (fromA ? a[i] : b[i]) as number;
      });
    },
    encode: (g) => encode(genes, g, activity(choices, g), length),
    enumerate: () => enumerate(choices),
  };
}

/** What the operators need of a gene; they run for every candidate, so nothing has to be looked up. */
interface Choice {
  /** How many options there are. */
  readonly count: number;
  /** The gene that this one depends on, or -1. */
  readonly parent: number;
  /** By the parent's option: whether this gene counts then. */
  readonly counts: readonly boolean[];
}

function choiceOf({ options, when }: Gene, _index: number, genes: readonly Gene[]): Choice {
  if (when === undefined) return { count: options.length, parent: -1, counts: [] };
  const counts = genes[when.gene]?.options.map((_, option) => when.options.includes(option)) as boolean[];
  return { count: options.length, parent: when.gene, counts };
}

function checkGenes(genes: readonly Gene[]): void {
  genes.forEach(({ name, options, when }, i) => {
    if (options.length === 0) throw new Error(`gene ${name} has no options`);
    if (when && !(when.gene < i)) throw new Error(`gene ${name} depends on a later gene`);
  });
}

/** Whether a gene counts, given the options of the earlier genes and which of those count. */
function isActive({ parent, counts }: Choice, g: Genotype, active: readonly boolean[]): boolean {
  return parent < 0 || (item(active, parent) && item(counts, item(g, parent)));
}

function activity(choices: readonly Choice[], g: Genotype): boolean[] {
  const active: boolean[] = [];
  for (const choice of choices) active.push(isActive(choice, g, active));
  return active;
}

/** A genotype whose active genes are chosen in order; the inactive ones are 0. */
function fill(choices: readonly Choice[], choose: (count: number, index: number) => number): Genotype {
  const g: number[] = [];
  const active: boolean[] = [];
  for (const choice of choices) {
    const counts = isActive(choice, g, active);
    active.push(counts);
    g.push(counts ? choose(choice.count, g.length) : 0);
  }
  return g;
}

/**
 * How many different genotypes there are. Every gene depends on at most one other, so the genes form trees, and the
 * number of ways to fill a tree is the sum over its root's options of the product over the children active there.
 */
function countGenotypes(genes: readonly Gene[]): bigint {
  const children = genes.map(() => [] as number[]);
  genes.forEach((gene, i) => {
    if (gene.when) children[gene.when.gene]?.push(i);
  });
  const ways: bigint[] = [];
  for (let i = genes.length - 1; i >= 0; i--) {
    let sum = 0n;
    for (let option = 0; option < item(genes, i).options.length; option++) {
      const active = item(children, i).filter((child) => genes[child]?.when?.options.includes(option));
      sum += active.reduce((product, child) => product * item(ways, child), 1n);
    }
    ways[i] = sum;
  }
  return genes.reduce((product, gene, i) => (gene.when ? product : product * item(ways, i)), 1n);
}

function encodedLength(genes: readonly Gene[]): number {
  return genes.reduce((sum, gene) => sum + columns(gene), 0);
}

/** A gene without a choice says nothing. */
function columns(gene: Gene): number {
  if (gene.options.length === 1) return 0;
  return gene.ordered ? 1 : gene.options.length;
}

/** Inactive genes are zeros; the gene that they depend on keeps them apart from an active first option. */
function encode(genes: readonly Gene[], g: Genotype, active: readonly boolean[], length: number): Float64Array {
  const vector = new Float64Array(length);
  let start = 0;
  genes.forEach((gene, i) => {
    const width = columns(gene);
    const option = item(g, i);
    if (active[i] && width > 0) {
      if (gene.ordered) vector[start] = option / (gene.options.length - 1);
      else vector[start + option] = 1;
    }
    start += width;
  });
  return vector;
}

function* enumerate(choices: readonly Choice[]): Generator<Genotype> {
  const g: number[] = [];
  const active: boolean[] = [];
  function* from(i: number): Generator<Genotype> {
    const choice = choices[i];
    if (!choice) {
      yield [...g];
      return;
    }
    active[i] = isActive(choice, g, active);
    for (let option = 0; option < (active[i] ? choice.count : 1); option++) {
      g[i] = option;
      yield* from(i + 1);
    }
  }
  yield* from(0);
}
