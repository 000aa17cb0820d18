/** A made-up accuracy of the architectures of a categorical space: main effects, and interactions of two and of three choices. */
import { createRng, type Rng } from "@archwright/core/base";
import type { CategoricalSpace, Genotype } from "@archwright/core/spaces";

/** Shares of the variance over random architectures, in sum one. */
const shares = { main: 0.6, pairs: 0.25, triples: 0.15 } as const;
/** Interactions for each gene that leaves a choice. */
const pairsPerGene = 2;
const triplesPerGene = 1;
/** Architectures by which the shares are set. */
const sampled = 2000;
/** Choices that make a network smaller where they are larger. */
const reductions = /stride|downsample/;

type Effect = (genotype: Genotype) => number;

/**
 * Accuracy in percent, from 60 to 95. More of what makes a network larger is better on average, by an amount of its own for each
 * choice, sometimes worse; interactions have no direction. What an architecture does not have says nothing.
 * @param name of the instance: the same name gives the same accuracies.
 */
export function madeUpAccuracy(space: CategoricalSpace, name: string): (genotype: Genotype) => number {
  const rng = createRng(`made-up accuracy ${name}`);
  const free = space.genes.flatMap(({ options }, gene) => (options.length > 1 ? [gene] : []));
  const drawn = rng.fork("groups");
  const groups = (size: number, count: number) => Array.from({ length: count }, () => drawn.shuffle(free).slice(0, size));
  const parts: readonly (readonly [share: number, Effect])[] = [
    [shares.main, sum(free.map((gene) => mainEffect(space, gene, rng.fork(`main ${gene}`))))],
    [shares.pairs, sum(groups(2, pairsPerGene * free.length).map((genes, i) => interaction(space, genes, rng.fork(`pair ${i}`))))],
    [shares.triples, sum(groups(3, triplesPerGene * free.length).map((genes, i) => interaction(space, genes, rng.fork(`triple ${i}`))))],
  ];
  const draw = rng.fork("sample");
  const sample = Array.from({ length: sampled }, () => space.sample(draw));
  const scaled = parts.map(([share, effect]): Effect => {
    const values = sample.map(effect);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    const factor = Math.sqrt(share / variance);
    return (genotype) => (effect(genotype) - mean) * factor;
  });
  const whole = sum(scaled);
  return (genotype) => 95 - 35 / (1 + Math.exp(1 + 0.8 * whole(genotype)));
}

const sum =
  (effects: readonly Effect[]): Effect =>
  (genotype) =>
    effects.reduce((total, effect) => total + effect(genotype), 0);

/** Whether a gene counts in a genotype. */
function isActive({ genes }: CategoricalSpace, gene: number, genotype: Genotype): boolean {
  const when = genes[gene]?.when;
  return (
    when === undefined ||
    (isActive({ genes } as CategoricalSpace, when.gene, genotype) && when.options.includes(genotype[when.gene] as number))
  );
}

function mainEffect(space: CategoricalSpace, gene: number, rng: Rng): Effect {
  const { name, options, ordered } = space.genes[gene] as CategoricalSpace["genes"][number];
  const direction = reductions.test(name) ? -1 : 1;
  const gain = direction * 0.7 * (1 + rng.normal());
  const last = options.length - 1;
  // A choice with an order has diminishing returns.
  const effects = options.map((_, option) => (ordered ? gain * Math.sqrt(option / last) : rng.normal()));
  return (genotype) => (isActive(space, gene, genotype) ? (effects[genotype[gene] as number] as number) : 0);
}

/** An effect of its own for each combination of the choices. */
function interaction(space: CategoricalSpace, genes: readonly number[], rng: Rng): Effect {
  const effects = new Map<string, number>();
  return (genotype) => {
    if (genes.some((gene) => !isActive(space, gene, genotype))) return 0;
    const combination = genes.map((gene) => genotype[gene]).join();
    const effect = effects.get(combination) ?? rng.fork(combination).normal();
    effects.set(combination, effect);
    return effect;
  };
}
