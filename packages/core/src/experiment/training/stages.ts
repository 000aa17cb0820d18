/** Stages of training: many candidates briefly, fewer of them longer, the last of them in full and with several seeds. */
import { z } from "zod";

/** Of a search where neither evaluations nor a time are given. */
export const usualEvaluations = 100;

/** How long a network is trained: passes over the training images, which may be a fraction, or steps of the optimiser. */
export type Fidelity = { readonly epochs: number } | { readonly steps: number };

/** A fidelity as it is stored and sent. */
export const fidelitySchema = z.union([
  z.strictObject({ epochs: z.number().min(0) }),
  z.strictObject({ steps: z.number().int().positive() }),
]);

/** The keys that say how long, of which one is written. */
export const fidelityKeys = {
  epochs: z.number().positive().optional().describe("Passes over the training images; may be a fraction. In its place: steps."),
  steps: z.int().positive().optional().describe("Steps of the optimiser, one batch each. In its place: epochs."),
};

/** Most trainings of one candidate in one stage. */
export const maxSeeds = 100;

/** The keys of one entry of `stages`. */
export const stageSchema = z
  .strictObject({
    ...fidelityKeys,
    keep: z
      .int()
      .positive()
      .optional()
      .describe("How many candidates come into the stage; all of them come into the first, which has no such key."),
    seeds: z
      .int()
      .positive()
      .max(maxSeeds)
      .default(1)
      .describe("How often each is trained, from other initial weights and in another order of the images; not in the first stage."),
  })
  .superRefine(refuseBoth);

/** Stages as they are written; `docs/experiments.md` explains every key. */
export const stagesSchema = z
  .array(stageSchema)
  .min(1)
  .superRefine((stages, context) => {
    for (const [i, { epochs, steps, keep, seeds }] of stages.entries()) {
      const issue = (path: (string | number)[], message: string, expected: string) =>
        context.addIssue({ code: "custom", path: [i, ...path], message, params: { expected } });
      if (epochs === undefined && steps === undefined) issue([], "nothing says how long this stage trains", "'steps' or 'epochs'");
      if (i === 0 && keep !== undefined) issue(["keep"], "every candidate is trained in the first stage", "'keep' in later stages only");
      if (i === 0 && seeds !== 1) issue(["seeds"], "a candidate is trained once in the first stage", "'seeds' in later stages only");
      if (i > 0 && keep === undefined) issue([], "nothing says how many candidates come into this stage", "'keep', a whole number");
      const before = stages[i - 1]?.keep;
      if (keep !== undefined && before !== undefined && keep > before) {
        issue(["keep"], `this stage keeps ${keep} candidates, of ${before} that the one before has`, `at most ${before}`);
      }
    }
  });

/** A stage as it is resolved. The first has no `keep`. */
export type Stage = Readonly<z.output<typeof stageSchema>>;

/** @throws through the context, where both are written. */
export function refuseBoth(written: { epochs?: number | undefined; steps?: number | undefined }, context: z.RefinementCtx): void {
  if (written.epochs === undefined || written.steps === undefined) return;
  context.addIssue({
    code: "custom",
    path: ["steps"],
    message: "'epochs' and 'steps' exclude each other",
    params: { expected: "one of them" },
  });
}

/** Steps of the stages where nobody says how many. */
const usualSteps = [160, 640, 2560, 10_240] as const;
/** The last stage shows every training image so often, unless it has the most steps. */
const usualEpochsAtLeast = 1.5;
const usualFinalists = { least: 6, share: 1 / 16 } as const;

/**
 * Stages of 160, 640, 2,560 … steps, as many as it takes to show every training image one and a half times in the last, two at least. A
 * quarter of the candidates of the search come into the second, a quarter of those into the third; into the last a sixteenth of all, six
 * at least, each with three seeds. `docs/decisions/0062` says why.
 * @param images to train on.
 */
export function defaultStages(images: number, batchSize: number, evaluations: number): readonly Stage[] {
  const enough = usualSteps.findIndex((steps, i) => i > 0 && steps * batchSize >= usualEpochsAtLeast * images);
  const all = enough < 0 ? usualSteps : usualSteps.slice(0, enough + 1);
  const finalists = Math.max(usualFinalists.least, Math.ceil(evaluations * usualFinalists.share));
  return all.map((steps, i): Stage => {
    if (i === 0) return { steps, seeds: 1 };
    if (i === all.length - 1) return { steps, keep: finalists, seeds: 3 };
    return { steps, keep: Math.max(finalists, Math.ceil(evaluations / 4 ** i)), seeds: 1 };
  });
}

/** How long a stage trains. */
export function fidelityOfStage({ epochs, steps }: Pick<Stage, "epochs" | "steps">): Fidelity {
  if (steps !== undefined) return { steps };
  if (epochs !== undefined) return { epochs };
  throw new Error("a stage says neither epochs nor steps");
}

/** A stage as a person would say it: `800 steps of 12 candidates with 3 seeds`. */
export function stageInWords(stage: Stage): string {
  const { keep, seeds } = stage;
  const of = keep === undefined ? "" : ` of ${keep} candidate${keep === 1 ? "" : "s"}`;
  return `${fidelityInWords(fidelityOfStage(stage))}${of}${seeds === 1 ? "" : ` with ${seeds} seeds`}`;
}

export function sameFidelity(one: Fidelity, other: Fidelity): boolean {
  return "steps" in one ? "steps" in other && one.steps === other.steps : "epochs" in other && one.epochs === other.epochs;
}

/** As a person would say it: `160 steps`, `2.5 epochs`. */
export function fidelityInWords(fidelity: Fidelity): string {
  const [count, unit] = "steps" in fidelity ? [fidelity.steps, "step"] : [fidelity.epochs, "epoch"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
