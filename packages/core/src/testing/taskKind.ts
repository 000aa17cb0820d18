/** What every row of the table of task kinds must do. */
import { describe, expect, test } from "vitest";
import { metricNames } from "../experiment/index.ts";
import { exampleKinds, inputShapeOf, lossNames, scoreNames, type TaskKind, type TaskOfKind, taskKindOf } from "../tasks/index.ts";

/** @param example a task of the kind. @param wrong the same with something that no task has. */
export function taskKindConformance<T extends TaskOfKind>(row: TaskKind<T>, example: T, wrong: unknown): void {
  const whole = (numbers: readonly number[]) => numbers.every((number) => Number.isInteger(number) && number > 0);

  describe(`${row.kind} as a kind of task`, () => {
    test("keeps plain JSON that its schema accepts, and refuses what is no such task", () => {
      expect(row.schema.parse(JSON.parse(JSON.stringify(example)))).toEqual(example);
      expect(row.schema.safeParse(wrong).success).toBe(false);
      expect(taskKindOf(example)).toBe(row);
    });

    test("says what networks are given and give", () => {
      expect(inputShapeOf(example)[0]).toBe(1);
      expect(whole(inputShapeOf(example)) && whole([row.outputs(example)])).toBe(true);
      expect(row.describeInput(example)).toMatch(/\w/);
      expect(exampleKinds).toContain(row.examples);
      expect(lossNames).toContain(row.loss);
      expect(scoreNames).toContain(row.score.name);
    });

    test("has an objective that is 0 at best, and smaller the better the score", () => {
      const { best, worst, direction } = row.score;
      const { of, scoreOf } = row.objective;
      expect(of(best)).toBe(0);
      expect(best > worst).toBe(direction === "maximise");
      const scores = Array.from({ length: 21 }, (_, i) => worst + (i / 20) * (best - worst)).filter(Number.isFinite);
      scores.forEach((score, i) => {
        expect(scoreOf(of(score))).toBeCloseTo(score, 9);
        const before = scores[i - 1];
        if (before !== undefined) expect(of(score)).toBeLessThan(of(before));
      });
    });

    test("takes no other metric's name", () => {
      const { error: _, ...others } = metricNames;
      const taken = Object.values(others).flatMap(({ yaml, column }) => [yaml, column] as string[]);
      for (const name of [row.score.name, `test_${row.score.name}`, row.objective.name]) expect(taken).not.toContain(name);
    });
  });
}
