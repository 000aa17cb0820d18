import type { SearchSpace } from "./types.ts";

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
export interface CategoricalSpaceParts extends Pick<SearchSpace<Genotype>, "name" | "format" | "parse" | "network"> {
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
  return {
    ...parts,
    size: countGenotypes(genes),
    sample: (rng) => fill(genes, (gene) => rng.int(gene.options.length)),
    mutate: (g, rng) => {
      const active = activity(genes, g);
      const free = genes.flatMap((gene, i) => (active[i] && gene.options.length > 1 ? [i] : []));
      if (free.length === 0) return g;
      const chosen = rng.pick(free);
      return fill(genes, (gene, i) => {
        if (i === chosen) return ((g[i] as number) + 1 + rng.int(gene.options.length - 1)) % gene.options.length;
        return active[i] ? (g[i] as number) : rng.int(gene.options.length);
      });
    },
    crossover: (a, b, rng) => {
      const [inA, inB] = [activity(genes, a), activity(genes, b)];
      return fill(genes, (_gene, i) => {
        const fromA = inA[i] && inB[i] ? rng.int(2) === 0 : inA[i];
        return (fromA ? a[i] : b[i]) as number;
      });
    },
    encode: (g) => encode(genes, g, length),
    enumerate: () => enumerate(genes),
  };
}

function checkGenes(genes: readonly Gene[]): void {
  genes.forEach(({ name, options, when }, i) => {
    if (options.length === 0) throw new Error(`gene ${name} has no options`);
    if (when && !(when.gene < i)) throw new Error(`gene ${name} depends on a later gene`);
  });
}

/** Whether a gene counts, given the options of the earlier genes and which of those count. */
function isActive({ when }: Gene, g: Genotype, active: readonly boolean[]): boolean {
  return when === undefined || ((active[when.gene] as boolean) && when.options.includes(g[when.gene] as number));
}

function activity(genes: readonly Gene[], g: Genotype): boolean[] {
  const active: boolean[] = [];
  for (const gene of genes) active.push(isActive(gene, g, active));
  return active;
}

/** A genotype whose active genes are chosen in order; the inactive ones are 0. */
function fill(genes: readonly Gene[], choose: (gene: Gene, index: number) => number): Genotype {
  const g: number[] = [];
  const active: boolean[] = [];
  for (const gene of genes) {
    const counts = isActive(gene, g, active);
    active.push(counts);
    g.push(counts ? choose(gene, g.length) : 0);
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
    for (let option = 0; option < (genes[i] as Gene).options.length; option++) {
      const active = (children[i] as number[]).filter((child) => genes[child]?.when?.options.includes(option));
      sum += active.reduce((product, child) => product * (ways[child] as bigint), 1n);
    }
    ways[i] = sum;
  }
  return genes.reduce((product, gene, i) => (gene.when ? product : product * (ways[i] as bigint)), 1n);
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
function encode(genes: readonly Gene[], g: Genotype, length: number): Float64Array {
  const vector = new Float64Array(length);
  const active = activity(genes, g);
  let at = 0;
  genes.forEach((gene, i) => {
    const width = columns(gene);
    const option = g[i] as number;
    if (active[i] && width > 0) {
      if (gene.ordered) vector[at] = option / (gene.options.length - 1);
      else vector[at + option] = 1;
    }
    at += width;
  });
  return vector;
}

function* enumerate(genes: readonly Gene[]): Generator<Genotype> {
  const g: number[] = [];
  const active: boolean[] = [];
  function* from(i: number): Generator<Genotype> {
    const gene = genes[i];
    if (!gene) {
      yield [...g];
      return;
    }
    active[i] = isActive(gene, g, active);
    for (let option = 0; option < (active[i] ? gene.options.length : 1); option++) {
      g[i] = option;
      yield* from(i + 1);
    }
  }
  yield* from(0);
}
