/** The tables of the study: what each recipe gains over `base`, training by training. */
import { mean } from "@archwright/core";

/** One training. */
export interface Training {
  readonly images: string;
  readonly steps: number;
  readonly network: string;
  readonly recipe: string;
  readonly seed: number;
  /** On the validation images (of the digits: validation and test), percent. */
  readonly accuracy: number;
  /** Of averages of the weights, by decay; `<decay> recomputed` with running statistics of the averaged network. Only of `base`. */
  readonly averaged?: Readonly<Record<string, number>>;
  /** Processor time of the training. */
  readonly seconds: number;
}

/** Of a mean; NaN of one value. */
function standardError(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1) / values.length);
}

/** Averages of the base's weights, as recipes of their own. */
const withAverages = (trainings: readonly Training[]): Training[] =>
  trainings.flatMap((one) => [
    one,
    ...Object.entries(one.averaged ?? {}).map(([decay, accuracy]) => ({ ...one, recipe: `ema_decay ${decay}`, accuracy })),
  ]);

/** Best first. Gains are paired: same network, same seed. */
export function printTables(trainings: readonly Training[]): void {
  const all = withAverages(trainings);
  const groupOf = ({ images, steps }: Training) => `${images}, ${steps} steps of 32`;
  for (const group of new Set(all.map(groupOf))) {
    const members = all.filter((one) => groupOf(one) === group);
    const networks = [...new Set(members.map(({ network }) => network))];
    console.log(`\n${group}\n\n| recipe | ${networks.join(" | ")} | gain | trainings |`);
    console.log(`| --- | ${networks.map(() => "---").join(" | ")} | --- | --- |`);
    const rows = [...new Set(members.map(({ recipe }) => recipe))].map((recipe) => ({ recipe, ...summaryOf(recipe, members, networks) }));
    for (const { recipe, means, gains, count } of rows.sort((a, b) => mean(b.gains) - mean(a.gains))) {
      const gain = recipe === "base" ? "" : `${mean(gains).toFixed(2)} ± ${standardError(gains).toFixed(2)}`;
      console.log(`| ${recipe} | ${means.map((value) => value.toFixed(2)).join(" | ")} | ${gain} | ${count} |`);
    }
  }
}

function summaryOf(recipe: string, members: readonly Training[], networks: readonly string[]) {
  const trained = members.filter((one) => one.recipe === recipe);
  const gains = trained.flatMap(({ network, seed, accuracy }) => {
    const base = members.find((one) => one.recipe === "base" && one.network === network && one.seed === seed);
    return base ? [accuracy - base.accuracy] : [];
  });
  const means = networks.map((name) => mean(trained.filter(({ network }) => network === name).map(({ accuracy }) => accuracy)));
  return { means, gains, count: trained.length };
}
