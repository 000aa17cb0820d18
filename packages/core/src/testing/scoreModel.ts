/** The conformance suite of score models: what every row of their registry promises. */
import { beforeAll, describe, expect, it } from "vitest";
import { createRng, InputError, spearman } from "../base/index.ts";
import { at, item } from "../base/matrix.ts";
import { candidateFeatures } from "../experiment/index.ts";
import type { ScoreCandidate, ScoreLearner, ScoreModel, ScorePrediction, ScoreTraits, ScoreTrial } from "../score/index.ts";
import { createSpace, resolveSpaceSpec, usualTask } from "../spaces/index.ts";

export interface ScoreModelSubject {
  readonly model: ScoreModel;
  /** Least rank correlation over all other candidates of made-up scores of which 60 are known. */
  readonly leastSpearman: number;
  /** Whether it promises to be less sure about candidates that are unlike all trials. */
  readonly isSurerNearTrials: boolean;
}

const spec = resolveSpaceSpec({ name: "nasbench201" });

let made: readonly ScoreCandidate[] | undefined;

/** 160 candidates of NAS-Bench-201, all different; made once for all models. */
function makeCandidates(): readonly ScoreCandidate[] {
  if (made) return made;
  const space = createSpace(spec);
  const features = candidateFeatures(spec, usualTask);
  const rng = createRng("score candidates");
  const candidates = new Map<string, ScoreCandidate>();
  while (candidates.size < 160) {
    const genotype = space.sample(rng);
    const architecture = space.format(genotype);
    candidates.set(architecture, { architecture, encoding: space.encode(genotype), features: features(genotype) });
  }
  made = [...candidates.values()];
  return made;
}

/** What every {@link ScoreModel} promises, and what it learns. */
export function scoreModelConformance(name: string, { model, leastSpearman, isSurerNearTrials }: ScoreModelSubject): void {
  describe(`score model ${name}`, () => {
    let candidates: readonly ScoreCandidate[];
    let learner: ScoreLearner;
    /** Percent; more layers on the paths and more parameters are better, by made-up amounts, up to noise. */
    let scores: Float64Array;
    let known: readonly ScoreTrial[];
    const trialsOf = (values: ArrayLike<number>, from = 0, count = 60): ScoreTrial[] =>
      candidates.slice(from, from + count).map((candidate, i) => ({ candidate, score: values[from + i] as number }));
    const predict = (trials: readonly ScoreTrial[], traits?: ScoreTraits) => learner.learn(trials, traits).predict(candidates.slice(60));
    const medians = (predictions: readonly ScorePrediction[]) => predictions.map(({ median }) => median);
    const expectSound = (predictions: readonly ScorePrediction[]) => {
      for (const { median, mean, sd, low95, high95 } of predictions) {
        for (const value of [median, mean, sd, low95, high95]) expect(Number.isFinite(value)).toBe(true);
        expect(sd > 0 && low95 < median && median < high95).toBe(true);
      }
    };

    beforeAll(() => {
      candidates = makeCandidates();
      learner = model.prepare(candidates.slice(60));
      const rng = createRng("scores");
      scores = Float64Array.from(candidates, ({ features }) => {
        const layers = features?.summary.get("paths layers mean") ?? -4;
        return 20 + 3 * layers + 2 * (features?.summary.get("log parameters") ?? 0) + rng.normal();
      });
      known = trialsOf(scores);
    }, 60_000);

    it("has a name and says what it is", () => {
      expect(model.name).toMatch(/^[a-z-]+$/);
      expect(model.title.length).toBeGreaterThan(0);
    });

    it("ranks what it has not seen", () => {
      for (const traits of [{}, { best: 100 }]) {
        expect(spearman(medians(predict(known, traits)), scores.subarray(60))).toBeGreaterThan(leastSpearman);
      }
    });

    it("covers what it says, over several choices of trials", () => {
      const shares = [0, 1, 2, 3].map((k) => {
        const predictions = learner.learn(trialsOf(scores, 30 * k, 40)).predict(candidates);
        const others = [...candidates.keys()].filter((i) => i < 30 * k || i >= 30 * k + 40);
        const within = others.filter((i) => item(predictions, i).low95 <= at(scores, i) && at(scores, i) <= item(predictions, i).high95);
        return within.length / others.length;
      });
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      expect(mean).toBeGreaterThan(0.88);
      expect(mean).toBeLessThan(1);
    });

    it("is the same for the same trials, in whatever order, and whatever was learned between", () => {
      const first = predict(known);
      predict(known.map(({ candidate, score }) => ({ candidate, score: -score })));
      expect(predict(known)).toEqual(first);
      predict(createRng("order").shuffle(known)).forEach((prediction, i) => {
        expect(prediction.mean).toBeCloseTo(item(first, i).mean, 9);
        expect(prediction.sd).toBeCloseTo(item(first, i).sd, 9);
      });
    });

    it("says of a candidate the same whatever else is asked", () => {
      const predictor = learner.learn(known);
      const all = predictor.predict(candidates);
      expect(predictor.predict([])).toEqual([]);
      for (const i of [3, 90]) {
        const [alone] = predictor.predict([item(candidates, i)]);
        expect(alone?.mean).toBeCloseTo(item(all, i).mean, 9);
        expect(alone?.sd).toBeCloseTo(item(all, i).sd, 9);
      }
    });

    it("scales with the unit of the scores", () => {
      for (const [traits, scaled] of [
        [{}, {}],
        [{ best: 100 }, { best: 400 }],
      ] as const) {
        const plain = predict(known, traits);
        predict(
          known.map(({ candidate, score }) => ({ candidate, score: 4 * score })),
          scaled,
        ).forEach(({ mean, sd }, i) => {
          expect(mean / item(plain, i).mean).toBeCloseTo(4, 6);
          expect(sd / item(plain, i).sd).toBeCloseTo(4, 5);
        });
      }
    });

    it("does not mind where zero is", () => {
      const plain = predict(known);
      const moved = predict(known.map(({ candidate, score }) => ({ candidate, score: score - 512 })));
      expect(spearman(medians(moved), medians(plain))).toBeGreaterThan(0.999);
      moved.forEach(({ mean, sd }, i) => {
        expect(Math.abs(mean + 512 - item(plain, i).mean)).toBeLessThan(0.1 * sd);
      });
    });

    it("believes scores that are all equal", () => {
      const predictions = predict(known.map(({ candidate }) => ({ candidate, score: 70 })));
      expectSound(predictions);
      for (const { median } of predictions) expect(median).toBeCloseTo(70, 6);
    });

    it("never gives a number that is not finite", () => {
      const [first, second] = [item(known, 0), item(known, 1)];
      const cases: readonly (readonly ScoreTrial[])[] = [
        [first],
        [first, second],
        // The same architecture, trained twice.
        [first, { ...first, score: first.score + 3 }, second],
        [first, first, first],
        [...known.slice(2), { ...first, score: 1e9 }, { ...second, score: -1e9 }],
        known.map(({ candidate, score }) => ({ candidate, score: 1e-12 * score })),
        known.map(({ candidate, score }) => ({ candidate, score: 1e12 * score })),
        // All but one are equal.
        known.map(({ candidate }, i) => ({ candidate, score: i === 0 ? 1 : 0 })),
      ];
      for (const trials of cases) expectSound(predict(trials));
      const perfect = known.map(({ candidate, score }, i) => ({ candidate, score: i % 20 === 0 ? 100 : score }));
      for (const trials of [perfect, [{ ...first, score: 100 }], known.slice(0, 1)]) expectSound(predict(trials, { best: 100 }));
    });

    it("still ranks where one score is far off", () => {
      const trials = known.map(({ candidate, score }, i) => ({ candidate, score: i === 7 ? score - 100 : score }));
      expect(spearman(medians(predict(trials)), scores.subarray(60))).toBeGreaterThan(leastSpearman - 0.35);
    });

    it.runIf(isSurerNearTrials)("is less sure about candidates that are unlike all trials", () => {
      const byParameters = [...known].sort((a, b) => sizeOf(a.candidate) - sizeOf(b.candidate));
      const small = byParameters.slice(0, 20);
      const predictor = learner.learn(small);
      const mean = (trials: readonly ScoreTrial[]) => {
        const predictions = predictor.predict(trials.map(({ candidate }) => candidate));
        return predictions.reduce((sum, { sd }) => sum + sd, 0) / trials.length;
      };
      expect(mean(byParameters.slice(40))).toBeGreaterThan(mean(small));
    });

    it("needs no features of graphs, or says so", () => {
      const bare = candidates.map(({ architecture, encoding }): ScoreCandidate => ({ architecture, encoding }));
      if (model.needsFeatures) {
        expect(() => model.prepare(bare)).toThrow(InputError);
        return;
      }
      const trials = bare.slice(0, 60).map((candidate, i) => ({ candidate, score: at(scores, i) }));
      expectSound(model.prepare(bare).learn(trials).predict(bare.slice(60)));
    });

    it("copes with a space of one candidate", () => {
      const alone = candidates.slice(0, 1);
      expectSound(
        model
          .prepare(alone)
          .learn(trialsOf(scores, 0, 1))
          .predict(alone),
      );
    });

    it.each<[string, () => unknown, RegExp]>([
      ["no trials", () => learner.learn([]), /no trials/],
      ["an unknown score", () => learner.learn([{ ...item(known, 0), score: Number.NaN }]), /is NaN/],
      ["an infinite score", () => learner.learn([{ ...item(known, 0), score: Number.POSITIVE_INFINITY }]), /is Infinity/],
      ["a score above the best", () => learner.learn([{ ...item(known, 0), score: 101 }], { best: 100 }), /is 101[\s\S]*at most 100/],
    ])("refuses %s", (_name, act, message) => {
      expect(act).toThrow(InputError);
      expect(act).toThrow(message);
    });
  });
}

const sizeOf = ({ features }: ScoreCandidate) => features?.summary.get("log parameters") ?? 0;
