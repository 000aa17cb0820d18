/** What every row of the table of evaluator kinds must do, and every evaluator that runs on a worker. */
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../base/index.ts";
import {
  type Evaluator,
  type EvaluatorContext,
  type EvaluatorKind,
  fidelityOfStage,
  fidelitySchema,
  type LookupContext,
  type SpecOfEvaluator,
} from "../experiment/index.ts";

/** An example of a kind: an experiment's keys, checked by the kind's schemas, and what they are resolved and opened with. */
export interface EvaluatorKindSubject {
  readonly document: Readonly<Record<string, unknown>>;
  readonly context: Omit<EvaluatorContext, "located" | "locatedAsync">;
  readonly lookup?: LookupContext;
}

export function evaluatorKindConformance<Spec extends SpecOfEvaluator>(
  row: EvaluatorKind<Spec>,
  subject: () => EvaluatorKindSubject,
): void {
  const resolve = () => {
    const { document, context } = subject();
    return row.resolve(document, { ...context, located: (_, read) => read(), locatedAsync: (_, read) => read() });
  };

  describe(`${row.kind} as a kind of evaluator`, () => {
    test("is chosen by one of its own keys", () => {
      expect(Object.keys(row.keys)).toContain(row.chosenBy);
      expect(row.meaning.example).toMatch(new RegExp(`^${row.chosenBy}: `));
      expect(subject().document).toHaveProperty(row.chosenBy);
    });

    test("keeps plain JSON, which says the same after a journey", async () => {
      const { evaluator } = await resolve();
      expect(evaluator.kind).toBe(row.kind);
      const there = JSON.parse(JSON.stringify(evaluator)) as Spec;
      expect(there).toEqual(evaluator);
      expect(canonicalJson(row.decides(there))).toBe(canonicalJson(row.decides(evaluator)));
      expect(row.describe(there, evaluator)).toEqual(row.describe(evaluator, evaluator));
    });

    test("runs in one place: looked up in the controller, or carried out by a worker", async () => {
      const { evaluator } = await resolve();
      expect(row.open !== undefined).toBe(row.runs === "controller");
      if (row.tests) expect(row.runs).toBe("worker");
      const { lookup } = subject();
      const scores = lookup && row.open?.(evaluator, lookup);
      if (row.open) expect(scores?.size).toBeGreaterThan(0);
      for (const score of scores?.values() ?? []) expect(Number.isFinite(score)).toBe(true);
    });

    test("says how long a trial is trained in each stage, and the same every time", async () => {
      const { evaluator } = await resolve();
      const stages = row.stages(evaluator);
      expect(stages.length).toBeGreaterThan(0);
      for (const stage of stages) expect(fidelitySchema.parse(fidelityOfStage(stage))).toEqual(fidelityOfStage(stage));
      expect(row.stages(evaluator)).toEqual(stages);
    });

    test("says which files a worker needs, and takes them from elsewhere without becoming another evaluator", async () => {
      const { evaluator } = await resolve();
      expect(row.dataset === undefined).toBe(row.relocate === undefined);
      if (!row.dataset || !row.relocate) return;
      const moved = row.relocate(evaluator, row.dataset(evaluator).spec);
      expect(moved).toEqual(evaluator);
      expect(canonicalJson(row.decides(moved))).toBe(canonicalJson(row.decides(evaluator)));
    });
  });
}

/** An evaluator that runs on a worker, and architectures for it. */
export interface EvaluatorSubject {
  readonly evaluator: Evaluator;
  readonly architecture: string;
  /** Nothing of it is random: any seed gives the same. */
  readonly seedless?: true;
}

/** What every {@link Evaluator} must do. @param open as a worker opens it; the evaluations should take a second at most. */
export function evaluatorConformance(name: string, open: () => Promise<EvaluatorSubject>): void {
  describe(`${name} as an evaluator`, () => {
    test("gives the same score and weights for the same seed, and others for another where it draws numbers", async () => {
      const { evaluator, architecture, seedless } = await open();
      const first = await evaluator.evaluate(architecture, { epochs: 1 }, 7);
      expect(await evaluator.evaluate(architecture, { epochs: 1 }, 7)).toEqual(first);
      for (const value of Object.values(first.metrics ?? {})) expect(Number.isFinite(value)).toBe(true);
      const other = await evaluator.evaluate(architecture, { epochs: 1 }, 8);
      if (first.weights && !seedless) expect(other.weights).not.toEqual(first.weights);
      expect(Number.isFinite(first.score)).toBe(true);
    });

    test("tests the weights that it is given", async () => {
      const { evaluator, architecture } = await open();
      const { weights } = await evaluator.evaluate(architecture, { epochs: 1 }, 7);
      if (!weights || !evaluator.test) return;
      const score = await evaluator.test(architecture, weights);
      expect(Number.isFinite(score)).toBe(true);
      expect(await evaluator.test(architecture, weights)).toBe(score);
      await expect(evaluator.test(architecture, weights.slice(1))).rejects.toThrow();
    });
  });
}
