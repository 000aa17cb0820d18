/** The conformance suite of searchers that ask at several fidelities. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../base/index.ts";
import type { EvaluatedCandidate, Evaluation, Question, Searcher, SearcherOptions, SearchFidelity } from "../search/index.ts";
import { questionsOf } from "../search/index.ts";
import { type Toy, toySpace } from "./searcher.ts";

const space = toySpace([4, 4, 4, 4, 4, 4, 4, 4]);
const threeFidelities: readonly SearchFidelity[] = [{ cost: 0.06 }, { cost: 0.3 }, { cost: 1 }];

/** A question that was answered. */
type Answered = EvaluatedCandidate<Toy> & { readonly fidelity: number };
type Judge = (g: Toy, fidelity: number) => Evaluation;

/** Two objectives that pull apart, the second seen the better the higher the fidelity; some fail and some are over budget. */
const mixed: Judge = (g, fidelity) => {
  const sum = g.reduce((a, b) => a + b, 0);
  if (g[0] === 3 && g[1] === 3) return { status: "failed" };
  if (sum > 16) return { status: "infeasible", violation: sum / 16 - 1 };
  const blur = (2 - fidelity) * ((7 * sum + 3 * (g[0] as number)) % 5);
  return { status: "feasible", objectives: [sum, blur + g.reduce((a, b, position) => a + (3 - b) * (1 + (position % 3)), 0)] };
};

const answer = (questions: readonly Question<Toy>[], judge: Judge = mixed): Answered[] =>
  questions.map(({ genotype, fidelity }) => ({ genotype, fidelity, ...judge(genotype, fidelity) }));
const textOf = ({ genotype, fidelity = 2 }: { readonly genotype: Toy; readonly fidelity?: number }) =>
  `${space.format(genotype)} at ${fidelity}`;
const texts = (questions: readonly { readonly genotype: Toy; readonly fidelity?: number }[]) => questions.map(textOf);

/** Asks a batch at a time until the next question costs more than is left, or nothing comes. */
function run(searcher: Searcher<Toy>, fidelities: readonly SearchFidelity[], evaluations: number, judge: Judge = mixed): Answered[] {
  const done: Answered[] = [];
  let left = evaluations;
  for (;;) {
    const asked = questionsOf(searcher, searcher.batch, fidelities);
    const costs = asked.map(({ fidelity }) => (fidelities[fidelity] as SearchFidelity).cost);
    const paid = costs.findIndex((_, i) => costs.slice(0, i + 1).reduce((a, b) => a + b, 0) > left + 1e-9);
    const told = answer(paid < 0 ? asked : asked.slice(0, paid), judge);
    searcher.tell(told);
    done.push(...told);
    left -= costs.slice(0, told.length).reduce((a, b) => a + b, 0);
    if (asked.length === 0 || paid >= 0) break;
  }
  expect(left).toBeGreaterThanOrEqual(-1e-9);
  expectAscending(done);
  return done;
}

/** No candidate twice at a fidelity, nor later at a lower one. */
function expectAscending(questions: readonly Question<Toy>[]): void {
  const reached = new Map<string, number>();
  for (const { genotype, fidelity } of questions) {
    const text = space.format(genotype);
    expect(fidelity).toBeGreaterThan(reached.get(text) ?? -1);
    reached.set(text, fidelity);
  }
}

type Step = { readonly ask: number; readonly tell: readonly number[] };
const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.record({ ask: fc.nat(6), tell: fc.array(fc.nat(), { maxLength: 6 }) }), {
  minLength: 5,
  maxLength: 40,
});

/** Gives all that was asked, in order. @param grouped whether the asks and tells of a step are made at once or one by one. */
function runSteadily(searcher: Searcher<Toy>, fidelities: readonly SearchFidelity[], plan: readonly Step[], grouped: boolean) {
  const [asked, open]: [Question<Toy>[], Question<Toy>[]] = [[], []];
  const ask = (count: number) => questionsOf(searcher, count, fidelities);
  for (const step of plan) {
    const fresh = grouped ? ask(step.ask) : Array.from({ length: step.ask }, () => ask(1)).flat();
    expect(fresh).toHaveLength(step.ask);
    asked.push(...fresh);
    open.push(...fresh);
    const told = step.tell.flatMap((choice) => (open.length === 0 ? [] : answer(open.splice(choice % open.length, 1))));
    for (const group of grouped ? [told] : told.map((trial) => [trial])) searcher.tell(group);
  }
  return asked;
}

export interface FidelityConformance {
  /** How thoroughly: random plans and cuts tried. */
  readonly runs?: number;
  /** Full evaluations that the longest search may cost. */
  readonly evaluations?: number;
  /** Whether fidelities below the full one are used at all: not by a searcher that knows of none. */
  readonly usesThem?: boolean;
}

/** What every {@link Searcher} promises beside `searcherConformance` where it is offered several fidelities, for any genotype. */
export function fidelityConformance(
  name: string,
  create: <G>(options: SearcherOptions<G>) => Searcher<G>,
  { runs = 25, evaluations = 40, usesThem = true }: FidelityConformance = {},
): void {
  describe.each([
    ["three fidelities", threeFidelities],
    ["two fidelities", [{ cost: 0.06 }, { cost: 1 }]],
  ] as const)(`searcher ${name} with %s`, (_, fidelities) => {
    const top = fidelities.length - 1;
    const make = (seed: number | string = 1, of = space) =>
      create({ space: of, rng: createRng(seed), objectives: 2, evaluations, fidelities });
    const ask = (searcher: Searcher<Toy>, count: number) => questionsOf(searcher, count, fidelities);

    it("spends evaluations by their cost, and asks the same for the same seed", () => {
      const first = run(make(1), fidelities, evaluations);
      expect(texts(run(make(1), fidelities, evaluations))).toEqual(texts(first));
      expect(texts(run(make(2), fidelities, evaluations))).not.toEqual(texts(first));
      expect(first.some(({ fidelity }) => fidelity === top)).toBe(true);
      expect(first.some(({ fidelity }) => fidelity < top)).toBe(usesThem);
    });

    it("asks nothing twice even where nothing is told in between", () => {
      const searcher = make();
      const asked = [...ask(searcher, 30), ...ask(searcher, 30), ...ask(searcher, 1)];
      expect(asked).toHaveLength(61);
      expectAscending(asked);
      expect(ask(searcher, 0)).toEqual([]);
    });

    it("continues after a replay, however grouped and wherever cut off, as if it had never stopped", () => {
      const original = run(make(5), fidelities, evaluations);
      fc.assert(
        fc.property(fc.nat(original.length), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), (cut, groups) => {
          const resumed = make(5);
          for (let at = 0, turn = 0; at < cut; turn++) {
            const size = Math.min(groups[turn % groups.length] as number, cut - at);
            resumed.tell(original.slice(at, at + size));
            at += size;
          }
          const rest = texts(ask(resumed, resumed.batch - (cut % resumed.batch)));
          expect(rest.length).toBeGreaterThan(0);
          const expected = texts(original.slice(cut, cut + rest.length));
          expect(rest.slice(0, expected.length)).toEqual(expected);
        }),
        { numRuns: runs },
      );
    });

    it("gives the same batch in pieces as at once", () => {
      const [whole, pieces] = [make(6), make(6)];
      for (let round = 0; round < 15; round++) {
        const asked = ask(whole, whole.batch);
        const piecewise = asked.flatMap(() => ask(pieces, 1));
        expect(texts(piecewise)).toEqual(texts(asked));
        whole.tell(answer(asked));
        for (const trial of answer(piecewise)) pieces.tell([trial]);
      }
    });

    it("asks none twice steadily, and the same where asks and tells are repeated in any grouping, to the end or not", () => {
      fc.assert(
        fc.property(steps, fc.nat(), (plan, at) => {
          const asked = runSteadily(make(12), fidelities, plan, true);
          expectAscending(asked);
          expect(texts(runSteadily(make(12), fidelities, plan, false))).toEqual(texts(asked));
          const begun = runSteadily(make(12), fidelities, plan.slice(0, at % plan.length), true);
          expect(texts(begun)).toEqual(texts(asked.slice(0, begun.length)));
        }),
        { numRuns: runs },
      );
    });

    it("asks of what it was told without having asked at higher fidelities alone", () => {
      const small = toySpace([3, 3, 3]);
      const searcher = make(7, small);
      const given = [
        { genotype: [0, 0, 0], fidelity: top },
        { genotype: [1, 2, 0], fidelity: 0 },
        { genotype: [2, 2, 2], fidelity: top },
      ];
      searcher.tell(answer(given.slice(0, 2)));
      const { fidelity: _, ...full } = answer(given.slice(2))[0] as Answered;
      searcher.tell([full]);
      expectAscending([...given, ...run(searcher, fidelities, 1000)]);
    });

    it.each([
      ["mixed", mixed],
      ["all equal", (): Evaluation => ({ status: "feasible", objectives: [1, 1] })],
      ["infinities", (g: Toy): Evaluation => ({ status: "feasible", objectives: [g[0] === 0 ? Infinity : 1, g[0] === 1 ? -Infinity : 2] })],
      ["all infeasible", (): Evaluation => ({ status: "infeasible", violation: 0.5 })],
      ["failures below the full fidelity", (g: Toy, fidelity: number): Evaluation => (fidelity < top ? { status: "failed" } : mixed(g, 2))],
      ["all failed", (): Evaluation => ({ status: "failed" })],
    ] as const)("evaluates in full what did not fail of a small space and then ends: %s", (_, judge: Judge) => {
      for (const options of [[1], [2], [3, 1, 2], [4, 3, 3]]) {
        const small = toySpace(options);
        const searcher = make(8, small);
        const done = run(searcher, fidelities, 10_000, judge);
        const last = new Map(done.map((trial) => [small.format(trial.genotype), trial]));
        expect(last.size).toBe(Number(small.size));
        for (const { status, fidelity } of last.values()) if (status !== "failed") expect(fidelity).toBe(top);
        expect(ask(searcher, 5)).toEqual([]);
      }
    });

    it("goes on where everything so far failed or was over budget", () => {
      let count = 0;
      const done = run(make(11), fidelities, evaluations, (g, fidelity) => {
        count++;
        if (count <= 30) return { status: "failed" };
        return count <= 60 ? { status: "infeasible", violation: 1 / count } : mixed(g, fidelity);
      });
      expect(done.at(-1)?.status).toBeDefined();
    });
  });

  describe(`searcher ${name} with one fidelity`, () => {
    it("asks as where none is spoken of", () => {
      const options = { space, objectives: 2, evaluations };
      const silent = create({ ...options, rng: createRng(1) });
      const spoken = create({ ...options, rng: createRng(1), fidelities: [{ cost: 1 }] });
      for (let round = 0; round < 6; round++) {
        const asked = silent.ask(silent.batch);
        expect(questionsOf(spoken, spoken.batch, [{ cost: 1 }])).toEqual(asked.map((genotype) => ({ genotype, fidelity: 0 })));
        silent.tell(asked.map((genotype) => ({ genotype, ...mixed(genotype, 2) })));
        spoken.tell(asked.map((genotype) => ({ genotype, ...mixed(genotype, 2) })));
      }
    });
  });
}
