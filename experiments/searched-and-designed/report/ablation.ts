/** What each part of the search brings: searches that leave it out, at a quarter of the time. */
import { mean } from "@archwright/core";
import { best, finalistsOf, freshTests } from "../fresh.ts";
import { variants } from "../searches.ts";
import type { Results } from "./results.ts";
import { meanText, table } from "./table.ts";

export function ablationTable({ budgets, searches, plan, trainings }: Results): string {
  const rows = budgets.flatMap((budget) =>
    variants.flatMap((variant) => {
      const own = searches.filter((one) => one.seed > 0 && one.budget === budget.name && one.variant === variant.name);
      if (own.length === 0) return [];
      // The mean over fresh seeds of each search's best, so that the error below is that of searches.
      const accuracies = own.flatMap((found) => {
        const one = best(finalistsOf(found));
        const tests = one === undefined ? [] : freshTests(one, plan, trainings);
        return tests.length === 0 ? [] : [mean(tests)];
      });
      const seconds = mean(own.map(({ cpuSeconds }) => cpuSeconds)).toFixed(0);
      const evaluations = mean(own.map((found) => found.evaluations)).toFixed(0);
      return [[budget.name, variant.name, evaluations, seconds, meanText(accuracies)]];
    }),
  );
  return table(["budget", "search", "evaluations", "processor seconds", "test accuracy of its best"], rows);
}
