/** The choices of a space as inputs of a model. */
import { item } from "../../base/index.ts";
import type { CategoricalSpace, Gene, Genotype } from "../../spaces/index.ts";

/** Choices that have more than one option, and how a genotype's are written as numbers. */
export interface GeneColumns {
  readonly genes: readonly { readonly index: number; readonly gene: Gene; readonly first: number; readonly width: number }[];
  readonly width: number;
  /** Of an ordered choice its place among the options, of another a column for each; a choice that does not count stands apart from all options. */
  row(genotype: Genotype): Float64Array;
}

export function geneColumns({ genes }: Pick<CategoricalSpace, "genes">): GeneColumns {
  let width = 0;
  const listed = genes.flatMap((gene, index) => {
    if (gene.options.length < 2) return [];
    const entry = { index, gene, first: width, width: gene.ordered ? 1 : gene.options.length };
    width += entry.width;
    return [entry];
  });
  return {
    genes: listed,
    width,
    row(genotype) {
      const row = new Float64Array(width);
      const active = activeGenes(genes, genotype);
      for (const { index, gene, first } of listed) {
        const option = item(genotype, index);
        if (gene.ordered) row[first] = active[index] ? option : -1;
        else if (active[index]) row[first + option] = 1;
      }
      return row;
    },
  };
}

/** Which choices count in a genotype: see `Gene.when`. */
export function activeGenes(genes: readonly Gene[], genotype: Genotype): readonly boolean[] {
  const active: boolean[] = [];
  for (const { when } of genes) {
    active.push(when === undefined || (active[when.gene] === true && when.options.includes(item(genotype, when.gene))));
  }
  return active;
}
