/** Regularised evolution over 57 settings, against an independent program on the same table; and random search against its expectation. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { qualityCourse, searchTable, tableTask } from "@archwright/core";
import { parseTable, tableColumn } from "@archwright/core/devices";
import { createSpace } from "@archwright/core/spaces";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meritOfRandomSearch } from "../experiments/comparison/incumbent.ts";
import { createFolder, root } from "./support/cli.ts";
import { full } from "./support/tier.ts";

const folder = createFolder();
const file = fileURLToPath(new URL("../../shared/data/nasbench201/accuracy.csv", import.meta.url));
const isThere = existsSync(file);
if (full && !isThere) console.warn(`the lottery of settings is skipped: there is no ${file}`);
const excerpt = fileURLToPath(new URL("data/nasbench201/accuracy.csv", import.meta.url));

function rowsOf(path: string) {
  const table = parseTable(readFileSync(path, "utf8"), path);
  const names = ["cifar100_valid", table.columns.has("cifar100_test") ? "cifar100_test" : "cifar100_valid"];
  const [valid, test] = names.map((name) => tableColumn(table, name)) as [Float64Array, Float64Array];
  return table.architectures.map((architecture, row) => ({ architecture, shown: valid[row] as number, merit: test[row] as number }));
}

describe("what random search finds", () => {
  it("has the mean and the deviation of all draws, counted", () => {
    const row = fc.record({ shown: fc.integer({ min: 0, max: 4 }), merit: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 6 }), (rows, wanted) => {
        const count = Math.min(wanted, rows.length);
        // In every order of the draws, the first that shows most.
        const found: number[] = [];
        const draw = (taken: readonly number[]) => {
          if (taken.length === count) {
            const best = taken.reduce((a, b) => ((rows[b]?.shown ?? 0) > (rows[a]?.shown ?? 0) ? b : a));
            found.push(rows[best]?.merit ?? 0);
            return;
          }
          for (const next of rows.keys()) if (!taken.includes(next)) draw([...taken, next]);
        };
        draw([]);
        const mean = found.reduce((a, b) => a + b, 0) / found.length;
        const variance = found.reduce((a, b) => a + (b - mean) ** 2, 0) / found.length;
        const expected = meritOfRandomSearch(rows, count);
        expect(expected.mean).toBeCloseTo(mean, 9);
        expect(expected.sd ** 2).toBeCloseTo(variance, 9);
      }),
      { numRuns: 60 },
    );
  });

  it("is what our random search finds, within four standard errors", () => {
    const rows = rowsOf(excerpt);
    const task = tableTask({
      name: "cells",
      space: createSpace({ name: "nasbench201" }),
      objectives: ["error"],
      rows: rows.map(({ architecture, shown, merit }) => ({ architecture, objectives: [100 - shown], merit })),
    });
    const repeats = 400;
    const run = { algorithm: "random", settings: {}, evaluations: 50, initial: 0, seed: 1, copy: 0 };
    const courses = Array.from({ length: repeats }, (_, repeat) => qualityCourse(task, searchTable(task, { ...run, repeat }), 50));
    for (const count of [1, 10, 25, 50]) {
      const mean = courses.reduce((sum, course) => sum + (course[count - 1] as number), 0) / repeats;
      const expected = meritOfRandomSearch(rows, count);
      expect(Math.abs(mean - expected.mean)).toBeLessThan((4 * expected.sd) / Math.sqrt(repeats));
    }
  });
});

/** Worst, median and best of the settings; of an independent program, with 100 seeds. */
const published = [
  [25, [70.65, 70.7, 71.36]],
  [50, [71.04, 71.37, 72.37]],
  [100, [71.53, 72.08, 73.2]],
] as const;

it.skipIf(!full || !isThere)(
  "of 57 settings of evolution with 1,000 seeds the worst, median and best are those of an independent program within .15, and random search is where it must be",
  { timeout: 600_000 },
  async () => {
    const seeds = 1000;
    const { code, stdout, stderr } = await folder.run(
      ...["bench", "compare", "--accuracy", file, "--accuracy-column", "cifar100_valid", "--test-column", "cifar100_test"],
      ...["--algorithms", "regularised-evolution", "--seeds", String(seeds)],
      ...["--settings", `${root}/experiments/comparison/aging-evolution.json`, "--setting-seeds", String(seeds), "--json"],
    );
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as {
      readonly tasks: readonly { checkpoints: number[]; contenders: readonly { label: string; checkpoint_means: number[] }[] }[];
      readonly lottery: readonly { checkpoints: number[]; settings: unknown[]; worst: number[]; median: number[]; best: number[] }[];
    };
    const [lottery, task] = [report.lottery[0], report.tasks[0]];
    expect(lottery?.settings).toHaveLength(57);
    for (const [evaluations, values] of published) {
      const at = lottery?.checkpoints.indexOf(evaluations) ?? -1;
      const ours = [lottery?.worst[at], lottery?.median[at], lottery?.best[at]];
      values.forEach((value, i) => {
        expect(Math.abs((ours[i] as number) - value)).toBeLessThan(0.15);
      });
      const random = task?.contenders.find(({ label }) => label === "random")?.checkpoint_means[at] as number;
      const expected = meritOfRandomSearch(rowsOf(file), evaluations);
      expect(Math.abs(random - expected.mean)).toBeLessThan((4 * expected.sd) / Math.sqrt(seeds));
    }
  },
);
