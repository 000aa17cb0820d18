import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { type Toy, toySpace } from "../../testing/searcher.ts";
import { fidelityConformance } from "../../testing/searcherFidelities.ts";
import type { EvaluatedCandidate, Question } from "../searcher.ts";
import { createSearcher } from "../searchers.ts";
import { fidelitiesOf, questionsOf } from "./questions.ts";

for (const name of ["successive-halving", "hyperband", "asha"]) fidelityConformance(name, (options) => createSearcher(name, options));
fidelityConformance("asha that halves", (options) => createSearcher("asha", options, { reduction: 2 }), { runs: 5 });
fidelityConformance("nsga2", (options) => createSearcher("nsga2", options), { usesThem: false, runs: 5, evaluations: 100 });

const space = toySpace([6, 6, 6, 6]);
const fidelities = [{ cost: 0.1 }, { cost: 0.3 }, { cost: 1 }];

/** Peels fronts one by one, every pair compared; of a front that does not fit the least crowded, by the definition of crowding. */
function bestByDefinition(trials: readonly EvaluatedCandidate<Toy>[], capacity: number): Set<string> {
  const pointOf = (trial: EvaluatedCandidate<Toy>) => (trial.status === "feasible" ? trial.objectives : []) as [number, number];
  let left = [...trials];
  const best: EvaluatedCandidate<Toy>[] = [];
  while (left.length > 0 && best.length < capacity) {
    const beaten = (p: readonly number[]) =>
      left.some((other) => {
        const q = pointOf(other);
        return q.every((value, i) => value <= (p[i] as number)) && q.some((value, i) => value < (p[i] as number));
      });
    // Both ends are infinitely uncrowded: the smaller first objective comes first.
    const front = left.filter((trial) => !beaten(pointOf(trial))).sort((a, b) => pointOf(a)[0] - pointOf(b)[0]);
    left = left.filter((trial) => !front.includes(trial));
    const crowding = (trial: EvaluatedCandidate<Toy>) => {
      return [0, 1].reduce((sum, axis) => {
        const values = front.map((member) => pointOf(member)[axis] as number).sort((a, b) => a - b);
        const at = values.indexOf(pointOf(trial)[axis] as number);
        const range = (values.at(-1) as number) - (values[0] as number);
        if (at === 0 || at === values.length - 1) return Number.POSITIVE_INFINITY;
        return sum + ((values[at + 1] as number) - (values[at - 1] as number)) / range;
      }, 0);
    };
    const order = front.length > capacity - best.length ? [...front].sort((a, b) => crowding(b) - crowding(a) || 0) : front;
    best.push(...order.slice(0, capacity - best.length));
  }
  return new Set(best.map(({ genotype }) => space.format(genotype)));
}

it("promotes by ASHA whom the definition has among the best of their fidelity, from the highest down, and begins anew only where nobody is", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 4 }), (seed, reduction) => {
      const rng = createRng(seed);
      const searcher = createSearcher("asha", { space, rng, objectives: 2, evaluations: 50, fidelities }, { reduction });
      const told: EvaluatedCandidate<Toy>[][] = [[], [], []];
      const reached = new Map<string, number>();
      const noise = createRng(`${seed}/values`);
      for (let count = 0; count < 60; count++) {
        const promotable = [1, 0].flatMap((fidelity) => {
          const all = told[fidelity] as EvaluatedCandidate<Toy>[];
          const best = bestByDefinition(all, Math.floor(all.length / reduction));
          return [[...best].filter((text) => reached.get(text) === fidelity)];
        });
        const [{ genotype, fidelity }] = questionsOf(searcher, 1, fidelities) as [Question<Toy>];
        const text = space.format(genotype);
        if ((promotable[0] as string[]).length > 0) expect(promotable[0]).toContain(text);
        else if ((promotable[1] as string[]).length > 0) expect(promotable[1]).toContain(text);
        else expect([fidelity, reached.has(text)]).toEqual([0, false]);
        if (fidelity > 0) expect(reached.get(text)).toBe(fidelity - 1);
        reached.set(text, fidelity);
        // All values different, so that no tie is to be decided.
        const trial: EvaluatedCandidate<Toy> = { genotype, fidelity, status: "feasible", objectives: [noise.next(), noise.next()] };
        told[fidelity]?.push(trial);
        searcher.tell([trial]);
      }
    }),
    { numRuns: 30 },
  );
});

it("spends the same at every fidelity by default, in brackets of successive halving", () => {
  const searcher = createSearcher(
    "successive-halving",
    { space, rng: createRng(1), objectives: 1, evaluations: 50, fidelities },
    { finalists: 2 },
  );
  const asked: Question<Toy>[] = [];
  for (let batch = 0; batch < 16; batch++) {
    const questions = questionsOf(searcher, searcher.batch, fidelities);
    asked.push(...questions);
    searcher.tell(questions.map((question) => ({ ...question, status: "feasible", objectives: [question.genotype[0] as number] })));
  }
  // 2 × 3 × 3 at a tenth, 2 × 3 at three tenths, 2 in full; and the next bracket.
  const bracket = [...new Array(18).fill(0), ...new Array(6).fill(1), ...new Array(2).fill(2)];
  expect(asked.map(({ fidelity }) => fidelity)).toEqual([...bracket, ...bracket].slice(0, 32));
  const least = Math.min(...asked.slice(0, 18).map(({ genotype }) => genotype[0] as number));
  for (const { genotype } of asked.slice(24, 26)) expect(genotype[0]).toBe(least);
});

it("begins brackets of Hyperband at every fidelity in turn", () => {
  const searcher = createSearcher("hyperband", { space, rng: createRng(1), objectives: 1, evaluations: 50, fidelities }, { finalists: 1 });
  const asked = questionsOf(searcher, 18, fidelities);
  expect(asked.map(({ fidelity }) => fidelity).slice(0, 9)).toEqual(new Array(9).fill(0));
});

it.each([[[]], [[{ cost: 0.5 }]], [[{ cost: 0 }, { cost: 1 }]], [[{ cost: 0.5 }, { cost: 0.2 }, { cost: 1 }]]])(
  "refuses fidelities %j",
  (wrong) => {
    expect(() => fidelitiesOf({ fidelities: wrong })).toThrow("ascend");
  },
);

it("does not answer who offers several fidelities and asks for candidates alone", () => {
  const searcher = createSearcher("asha", { space, rng: createRng(1), objectives: 1, evaluations: 50, fidelities });
  expect(() => searcher.ask(1)).toThrow("several fidelities");
});
