/** The conformance suite of searchers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "../base/index.ts";
import type { EvaluatedCandidate, Evaluation, Searcher, SearcherOptions, Variation } from "../search/index.ts";

/** A genotype of {@link toySpace}: one number for every choice. */
export type Toy = readonly number[];

/** How toy genotypes are written. */
export interface ToyText {
  readonly format: (g: Toy) => string;
  readonly parse: (text: string) => Toy;
}

const dashes: ToyText = { format: (g) => g.join("-"), parse: (text) => text.split("-").map(Number) };

/** The simplest search space there is: choice `i` is one of `options[i]` numbers. A text is the numbers with dashes between, unless said otherwise. */
export function toySpace(options: readonly number[], text = dashes): Variation<Toy> {
  const open = options.flatMap((count, position) => (count > 1 ? [position] : []));
  return {
    size: options.reduce((product, count) => product * BigInt(count), 1n),
    sample: (rng: Rng) => options.map((count) => rng.int(count)),
    mutate: (g, rng) => {
      if (open.length === 0) return g;
      const position = rng.pick(open);
      const count = options[position] as number;
      const child = [...g];
      child[position] = ((g[position] as number) + 1 + rng.int(count - 1)) % count;
      return child;
    },
    crossover: (a, b, rng) => a.map((value, position) => (rng.next() < 0.5 ? value : (b[position] as number))),
    encode: (g) =>
      Float64Array.from(options.flatMap((count, position) => Array.from({ length: count }, (_, at) => (g[position] === at ? 1 : 0)))),
    ...text,
  };
}

const space = toySpace([4, 4, 4, 4, 4, 4, 4, 4]);

/** Two objectives that pull apart; some candidates fail and some are over budget, as the genotype has it. */
function mixed(g: Toy): Evaluation {
  const sum = g.reduce((a, b) => a + b, 0);
  if (g[0] === 3 && g[1] === 3) return { status: "failed" };
  if (sum > 16) return { status: "infeasible", violation: sum / 16 - 1 };
  return { status: "feasible", objectives: [sum, g.reduce((a, b, position) => a + (3 - b) * (1 + (position % 3)), 0)] };
}

const tell = (genotypes: readonly Toy[], judge: (g: Toy) => Evaluation): EvaluatedCandidate<Toy>[] =>
  genotypes.map((genotype) => ({ genotype, ...judge(genotype) }));

/** Asks a batch at a time until `evaluations` are done or nothing comes; gives the texts in order. */
function run(searcher: Searcher<Toy>, of: Variation<Toy>, evaluations: number, judge = mixed): EvaluatedCandidate<Toy>[] {
  const done: EvaluatedCandidate<Toy>[] = [];
  while (done.length < evaluations) {
    const count = Math.min(searcher.batch, evaluations - done.length);
    const asked = searcher.ask(count);
    expect(asked.length).toBeLessThanOrEqual(count);
    if (asked.length === 0) break;
    const told = tell(asked, judge);
    searcher.tell(told);
    done.push(...told);
  }
  const texts = done.map(({ genotype }) => of.format(genotype));
  expect(new Set(texts).size).toBe(texts.length);
  return done;
}

/** One step of a steady search: ask for some, then tell of some of those that are open, chosen by number. */
type Step = { readonly ask: number; readonly tell: readonly number[] };
const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.record({ ask: fc.nat(6), tell: fc.array(fc.nat(), { maxLength: 6 }) }), {
  minLength: 5,
  maxLength: 40,
});

/** Gives all that was asked, in order. @param grouped whether the asks and tells of a step are made at once or one by one. */
function runSteadily(searcher: Searcher<Toy>, plan: readonly Step[], { grouped = true } = {}): readonly Toy[] {
  const [asked, open]: [Toy[], Toy[]] = [[], []];
  for (const step of plan) {
    const fresh = grouped ? searcher.ask(step.ask) : Array.from({ length: step.ask }, () => searcher.ask(1)).flat();
    expect(fresh).toHaveLength(step.ask);
    asked.push(...fresh);
    open.push(...fresh);
    const told = step.tell.flatMap((choice) => (open.length === 0 ? [] : tell(open.splice(choice % open.length, 1), mixed)));
    for (const group of grouped ? [told] : told.map((trial) => [trial])) searcher.tell(group);
  }
  return asked;
}

/**
 * What every {@link Searcher} promises, for any genotype.
 */
export function searcherConformance(name: string, create: <G>(options: SearcherOptions<G>) => Searcher<G>): void {
  const make = (seed: number | string = 1, of = space, evaluations = 200) =>
    create({ space: of, rng: createRng(seed), objectives: 2, evaluations });
  const texts = (genotypes: readonly Toy[]) => genotypes.map((g) => space.format(g));
  const trialTexts = (trials: readonly EvaluatedCandidate<Toy>[]) => trials.map(({ genotype }) => space.format(genotype));

  describe(`searcher ${name}`, () => {
    it("asks as many as wanted, never one twice, and the same for the same seed", () => {
      const first = run(make(1), space, 200);
      expect(first).toHaveLength(200);
      expect(trialTexts(run(make(1), space, 200))).toEqual(trialTexts(first));
      expect(trialTexts(run(make(2), space, 200))).not.toEqual(trialTexts(first));
      expect(make().batch).toBeGreaterThanOrEqual(1);
      expect(make().ask(0)).toEqual([]);
    });

    it("asks nothing twice even where nothing is told in between", () => {
      const searcher = make();
      const asked = [...searcher.ask(30), ...searcher.ask(30), ...searcher.ask(1)];
      expect(new Set(texts(asked)).size).toBe(61);
    });

    it("shares no state with another searcher or generator", () => {
      const alone = trialTexts(run(make(3), space, 60));
      const [one, other] = [make(3), make(4)];
      const interleaved: string[] = [];
      while (interleaved.length < 60) {
        other.tell(tell(other.ask(other.batch), mixed));
        const asked = one.ask(Math.min(one.batch, 60 - interleaved.length));
        one.tell(tell(asked, mixed));
        interleaved.push(...texts(asked));
      }
      expect(interleaved).toEqual(alone);
    });

    it("continues after a replay, however grouped and wherever cut off, as if it had never stopped", () => {
      const original = run(make(5), space, 120);
      fc.assert(
        fc.property(fc.nat(100), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), (cut, groups) => {
          const resumed = make(5);
          for (let at = 0, turn = 0; at < cut; turn++) {
            const size = Math.min(groups[turn % groups.length] as number, cut - at);
            resumed.tell(original.slice(at, at + size));
            at += size;
          }
          const rest = texts(resumed.ask(resumed.batch - (cut % resumed.batch)));
          expect(rest.length).toBeGreaterThan(0);
          expect(rest).toEqual(trialTexts(original.slice(cut, cut + rest.length)));
        }),
        { numRuns: 25 },
      );
    });

    it("starts from given candidates, and goes on from a replay that was cut off among them", () => {
      const start = [space.sample(createRng(21)), space.sample(createRng(22)), space.sample(createRng(21)), space.sample(createRng(23))];
      const begin = () => create({ space, rng: createRng(5), objectives: 2, evaluations: 200, start });
      const original = run(begin(), space, 40);
      const first = [...new Set(texts(start))];
      expect(trialTexts(original).slice(0, first.length)).toEqual(first);
      expect(new Set(trialTexts(original)).size).toBe(40);
      for (const cut of [1, 2, 3, 4, 17]) {
        const resumed = begin();
        resumed.tell(original.slice(0, cut));
        const rest = texts(resumed.ask(resumed.batch - (cut % resumed.batch)));
        expect(rest).toEqual(trialTexts(original.slice(cut, cut + rest.length)));
      }
    });

    it("gives the same batch in pieces as at once", () => {
      const [whole, pieces] = [make(6), make(6)];
      for (let round = 0; round < 10; round++) {
        const asked = whole.ask(whole.batch);
        const piecewise = asked.flatMap(() => pieces.ask(1));
        expect(texts(piecewise)).toEqual(texts(asked));
        whole.tell(tell(asked, mixed));
        for (const trial of tell(piecewise, mixed)) pieces.tell([trial]);
      }
    });

    it("never asks what it was told without having asked", () => {
      const small = toySpace([3, 3, 3]);
      const given = [
        [0, 0, 0],
        [1, 2, 0],
      ];
      const searcher = make(7, small);
      searcher.tell(tell(given, mixed));
      const asked = run(searcher, small, 100);
      expect(asked).toHaveLength(25);
      expect(trialTexts(asked)).not.toContain("0-0-0");
    });

    it.each([
      ["mixed", mixed],
      ["all feasible", (g: Toy): Evaluation => ({ status: "feasible", objectives: [g[0] as number, -(g[0] as number)] })],
      ["all equal", (): Evaluation => ({ status: "feasible", objectives: [1, 1] })],
      ["infinities", (g: Toy): Evaluation => ({ status: "feasible", objectives: [g[0] === 0 ? Infinity : 1, g[0] === 1 ? -Infinity : 2] })],
      ["all infeasible", (): Evaluation => ({ status: "infeasible", violation: 0.5 })],
      ["all failed", (): Evaluation => ({ status: "failed" })],
    ] as const)("finds every architecture of a small space, of one point too, and then ends: %s", (_, judge) => {
      for (const options of [[1], [2], [3, 1, 2], [5, 5, 5, 4]]) {
        const small = toySpace(options);
        const searcher = make(8, small);
        expect(run(searcher, small, 10_000, judge)).toHaveLength(Number(small.size));
        expect(searcher.ask(5)).toEqual([]);
      }
    });

    it.each([1, 3, 4])("finds every architecture of a small space with %d objectives, ties and infinities among them", (objectives) => {
      const small = toySpace([3, 4, 3]);
      const value = (g: Toy, axis: number) => (axis === 0 && g[1] === 3 ? Infinity : (g[axis % 3] as number));
      const judge = (g: Toy): Evaluation => ({
        status: "feasible",
        objectives: Array.from({ length: objectives }, (_, axis) => value(g, axis)),
      });
      const searcher = create({ space: small, rng: createRng(16), objectives, evaluations: 36 });
      expect(run(searcher, small, 1000, judge)).toHaveLength(36);
    });

    it("takes duplicates: trials that are told twice, after which it asks for others only", () => {
      const searcher = make(17);
      const told = tell(searcher.ask(searcher.batch), mixed);
      searcher.tell(told);
      searcher.tell(told);
      const asked = texts(searcher.ask(40));
      expect(new Set([...asked, ...trialTexts(told)]).size).toBe(40 + told.length);
    });

    it("continues a replay into the end of a small space in the same way", () => {
      const small = toySpace([4, 4, 4]);
      const original = run(make(9, small), small, 1000);
      for (const cut of [30, 33, 50, 63]) {
        const resumed = make(9, small);
        resumed.tell(original.slice(0, cut));
        const rest = resumed.ask(resumed.batch - (cut % resumed.batch));
        expect(trialTexts(original.slice(cut, cut + rest.length))).toEqual(texts(rest));
      }
    });

    describe("steadily, asked and told in turn", () => {
      it("asks none twice, and the same where asks and tells are repeated in any grouping", () => {
        fc.assert(
          fc.property(steps, (plan) => {
            const asked = runSteadily(make(12), plan, { grouped: true });
            expect(new Set(texts(asked)).size).toBe(asked.length);
            expect(texts(runSteadily(make(12), plan, { grouped: false }))).toEqual(texts(asked));
          }),
          { numRuns: 40 },
        );
      });

      it("continues a repetition that ends anywhere, with candidates that were never told", () => {
        fc.assert(
          fc.property(steps, fc.nat(), (plan, at) => {
            const cut = at % (plan.length + 1);
            const searcher = make(13);
            const whole = texts(runSteadily(searcher, plan));
            const resumed = make(13);
            const begun = runSteadily(resumed, plan.slice(0, cut));
            expect(texts(begun)).toEqual(whole.slice(0, begun.length));
            // What was asked after the last tell is asked again by whoever goes on.
            const next = plan[cut];
            if (next !== undefined) expect(texts(resumed.ask(next.ask))).toEqual(whole.slice(begun.length, begun.length + next.ask));
          }),
          { numRuns: 25 },
        );
      });

      it("with one candidate at a time, asks as one that was only told", () => {
        const one = make(14);
        const told = Array.from({ length: 60 }, () => {
          const trials = tell(one.ask(1), mixed);
          one.tell(trials);
          return trials;
        }).flat();
        const other = make(14);
        other.tell(told);
        expect(texts(other.ask(1))).toEqual(texts(one.ask(1)));
      });

      it("finds every architecture of a small space, whatever is open meanwhile, and asks that gave nothing change nothing", () => {
        for (const inFlight of [1, 3, 17]) {
          const small = toySpace([4, 4, 3]);
          const [searcher, impatient] = [make(15, small), make(15, small)];
          const [open, seen]: [Toy[], Toy[]] = [[], []];
          const rng = createRng(`order ${inFlight}`);
          for (;;) {
            while (open.length < inFlight) {
              const [genotype] = searcher.ask(1);
              expect(impatient.ask(1)).toEqual(genotype ? [genotype] : []);
              if (!genotype) break;
              open.push(genotype);
              seen.push(genotype);
            }
            if (open.length === 0) break;
            const told = tell(open.splice(rng.int(open.length), 1), mixed);
            searcher.tell(told);
            impatient.tell(told);
            // Room that is not there.
            if (seen.length === Number(small.size)) expect(impatient.ask(3)).toEqual([]);
          }
          expect(new Set(texts(seen)).size).toBe(Number(small.size));
          expect(seen).toHaveLength(Number(small.size));
        }
      });
    });

    it("gives up where a space holds far less than it claims", () => {
      const sham = { ...toySpace([2, 2]), size: 10n ** 12n };
      expect(run(make(10, sham), sham, 100)).toHaveLength(4);
    });

    it("goes on where everything so far failed or was infeasible", () => {
      let count = 0;
      const judge = (g: Toy): Evaluation => {
        count++;
        if (count <= 30) return { status: "failed" };
        return count <= 60 ? { status: "infeasible", violation: 1 / count } : mixed(g);
      };
      expect(run(make(11), space, 150, judge)).toHaveLength(150);
    });
  });
}
