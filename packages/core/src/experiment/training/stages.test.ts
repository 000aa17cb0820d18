import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trainKind } from "../evaluators/train.ts";
import { defaultStages, fidelityOfStage, stageInWords, stagesSchema } from "./stages.ts";
import { continuingTraining, resolveTraining, trainingSchema } from "./training.ts";

describe("written stages", () => {
  it.each([
    [[], "Too small"],
    [[{}], "nothing says how long this stage trains"],
    [[{ steps: 1, epochs: 1 }], "'epochs' and 'steps' exclude each other"],
    [[{ steps: 1, keep: 3 }], "every candidate is trained in the first stage"],
    [[{ steps: 1, seeds: 2 }], "a candidate is trained once in the first stage"],
    [[{ steps: 1 }, { steps: 2 }], "nothing says how many candidates come into this stage"],
    [[{ steps: 1 }, { steps: 2, keep: 3 }, { steps: 3, keep: 4 }], "this stage keeps 4 candidates, of 3 that the one before has"],
    [[{ steps: 1 }, { steps: 2, keep: 3, seeds: 101 }], "Too big"],
  ])("%j are refused", (stages, said) => {
    const result = stagesSchema.safeParse(stages);
    expect(result.error?.issues.map(({ message }) => message).join("\n")).toContain(said);
  });

  it("are no epochs or steps beside", () => {
    const stages = [{ steps: 1 }];
    expect(trainingSchema.safeParse({ stages, epochs: 3 }).success).toBe(false);
    expect(trainingSchema.safeParse({ stages: "default", steps: 3 }).success).toBe(false);
    expect(trainingSchema.safeParse({ stages: "usual" }).success).toBe(false);
  });
});

describe("default stages", () => {
  it("are few for few images, and more for many", () => {
    const words = (images: number, evaluations: number) => defaultStages(images, 32, evaluations).map(stageInWords);
    expect(words(1260, 24)).toEqual(["160 steps", "640 steps of 6 candidates with 3 seeds"]);
    expect(words(51_000, 128)).toEqual(["160 steps", "640 steps of 32 candidates", "2560 steps of 8 candidates with 3 seeds"]);
    expect(words(2 ** 30, 64).at(-1)).toBe("10240 steps of 6 candidates with 3 seeds");
  });

  it("could have been written, train ever fewer ever longer, and keep no fewer where there are more evaluations", () => {
    const counts = fc.tuple(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 1024 }), fc.integer({ min: 1, max: 10_000 }));
    fc.assert(
      fc.property(counts, fc.nat(1000), ([images, batch, evaluations], more) => {
        const stages = defaultStages(images, batch, evaluations);
        expect(stagesSchema.parse(stages)).toEqual(stages);
        const steps = stages.map((stage) => Object.values(fidelityOfStage(stage))[0] as number);
        expect(steps).toEqual(steps.toSorted((a, b) => a - b));
        expect(stages.at(-1)).toMatchObject({ seeds: 3, keep: Math.max(6, Math.ceil(evaluations / 16)) });
        defaultStages(images, batch, evaluations + more).forEach(({ keep = 0 }, i) => {
          expect(keep).toBeGreaterThanOrEqual(stages[i]?.keep ?? 0);
        });
      }),
    );
  });

  const byDefault = (evaluations: number) => resolveTraining(trainingSchema.parse({ stages: "default" }), { images: 51_000, evaluations });

  it("make the same experiment as if they had been written", () => {
    const spec = { kind: "train", dataset: { kind: "digits" }, datasetHash: "" } as const;
    const training = byDefault(100);
    const written = resolveTraining(trainingSchema.parse({ stages: training.stages }));
    expect(trainKind.decides({ ...spec, training })).toEqual(trainKind.decides({ ...spec, training: written }));
  });

  it("of a run stay what they were, with more candidates for more evaluations", () => {
    const older = {
      ...byDefault(100),
      stages: [
        { steps: 99, seeds: 1 },
        { steps: 500, keep: 20, seeds: 2 },
      ],
    };
    expect(continuingTraining(older, byDefault(100)).stages).toEqual([older.stages[0], { steps: 500, keep: 25, seeds: 2 }]);
    expect(continuingTraining(byDefault(100), byDefault(50))).toEqual(byDefault(100));
    const written = resolveTraining(trainingSchema.parse({ stages: [{ steps: 7 }] }));
    expect(continuingTraining(older, written)).toBe(written);
    expect(continuingTraining(written, older)).toBe(older);
  });
});
