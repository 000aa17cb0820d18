/** The most accurate network of each side, chosen by validation and compared on fresh seeds. */
import { mean, sampleVariance, studentLimit } from "@archwright/core";
import { best, type Contender, freshTests, type Sides } from "../fresh.ts";
import type { Costs } from "../setting.ts";
import type { Results } from "./results.ts";
import { meanText, table } from "./table.ts";

/** How much less accurate a network may be that counts as good, percent points. */
const tolerance = 0.2;

/** Mean difference of the accuracies with the same seeds, with its 95 % interval by Student's t. */
function pairedText(ours: readonly number[], theirs: readonly number[]): string {
  const differences = ours.slice(0, theirs.length).map((value, i) => value - (theirs[i] as number));
  const variance = sampleVariance(differences);
  if (variance === undefined) return "-";
  const half = studentLimit(0.95, differences.length - 1) * Math.sqrt(variance / differences.length);
  return `${mean(differences).toFixed(2)} ± ${half.toFixed(2)} (${differences.length})`;
}

export function bestTable(sides: readonly Sides[], { plan, trainings, costs }: Results): string {
  const tests = (one: Contender) => freshTests(one, plan, trainings);
  const rows = sides.map(({ budget, designed, searched }) => {
    const [theirs, ours] = [best(designed), best(searched)];
    if (!theirs || !ours) return [budget.name, theirs?.name ?? "-", "-", "-", "-", "-", "-"];
    const as = costs(theirs.architecture);
    const least = mean(tests(theirs)) - tolerance;
    const good = searched.filter((one) => tests(one).length > 0 && mean(tests(one)) >= least).map((one) => costs(one.architecture));
    const smallest = (key: keyof Costs) => (good.length === 0 ? "none" : Math.min(...good.map((one) => one[key] / as[key])).toFixed(2));
    return [
      ...[budget.name, theirs.name, meanText(tests(theirs)), meanText(tests(ours)), pairedText(tests(ours), tests(theirs))],
      ...[smallest("latency"), smallest("parameters")],
    ];
  });
  const less = `within ${tolerance}:`;
  return table(["budget", "designed", "test", "searched, test", "difference", `${less} latency`, `${less} parameters`], rows);
}
