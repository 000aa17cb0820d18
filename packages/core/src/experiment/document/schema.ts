/** An experiment as it is written in YAML. */
import { z } from "zod";
import { checkName, withParser } from "../../base/index.ts";
import { type Budgets, budgetsSchema, positiveQuantity } from "../../devices/index.ts";
import { deviceKeys } from "../../devices/kinds/index.ts";
import { numberFormats } from "../../ir/index.ts";
import { algorithmNamed, settingSchemas, settingsOf } from "../../search/index.ts";
import { spaceSpecSchema } from "../../spaces/index.ts";
import { evaluatorRows } from "../evaluators/index.ts";
import { usualEvaluations } from "../training/stages.ts";

const evaluatorKeys: z.ZodRawShape = Object.assign({}, ...evaluatorRows.map(({ keys }) => keys));

/** Keys that only some kind of device has are checked here, and understood by their row. */
const deviceSchema = z.strictObject({
  name: z.string(),
  /** Defaults to the device's own. */
  format: z.enum(numberFormats).optional(),
  budgets: budgetsSchema.prefault({}),
  ...deviceKeys,
});

interface SearchKeys {
  readonly [key: string]: unknown;
  readonly algorithm: string;
  readonly evaluations?: number | undefined;
  readonly time?: number | undefined;
}

/** Settings of the search algorithms stand side by side in the schema; here each is refused that the chosen one has not. */
function refuseOtherSettings(search: SearchKeys, context: z.RefinementCtx): void {
  const { algorithm, evaluations = usualEvaluations } = search;
  const own = settingsOf(algorithm, evaluations);
  const meant = algorithmNamed(algorithm, evaluations);
  const name = meant === algorithm ? `'${algorithm}'` : `'${meant}', the default for ${evaluations} evaluations,`;
  // An unknown algorithm is refused where names are resolved.
  if (!own) return;
  for (const key of Object.keys(search)) {
    if (!Object.hasOwn(settingSchemas, key) || own.includes(key)) continue;
    const expected = own.length === 0 ? "no settings" : `one of its settings ${own.join(", ")}`;
    context.addIssue({
      code: "custom",
      path: [key],
      message: `the algorithm ${name} has no such setting`,
      params: { expected },
    });
  }
}

function refuseTimeAndEvaluations({ evaluations, time }: SearchKeys, context: z.RefinementCtx): void {
  if (evaluations === undefined || time === undefined) return;
  const params = { expected: "one of them; a time is turned into a number of evaluations when the run begins" };
  context.addIssue({ code: "custom", path: ["time"], message: "'evaluations' and 'time' exclude each other", params });
}

/** An experiment as a user writes it. `docs/experiments.md` explains every key. */
export const experimentSchema = z.strictObject({
  name: withParser(z.string(), (text) => checkName(text, "any")),
  seed: z.int().min(0).default(0),
  /** Where scores come from: `dataset` and `training`, or `accuracy`. */
  ...evaluatorKeys,
  /** The name of a space, the path of a YAML file that describes one, or its settings. */
  space: z.union([z.string(), spaceSpecSchema]),
  devices: z.array(z.union([z.string().transform((name) => ({ name, budgets: {} as Budgets })), deviceSchema])).default([]),
  objectives: z.array(z.string()).min(1).default(["error", "latency"]),
  search: z
    .strictObject({
      algorithm: z.string().default("default"),
      ...settingSchemas,
      /** Whether the searcher waits for a whole generation, or is told of each trial as it ends. */
      mode: z.enum(["generational", "steady"]).default("generational"),
      evaluations: z.int().positive().optional(),
      /** In place of `evaluations`: as many as fit into it. */
      time: positiveQuantity("time").optional(),
      candidates: z.int().positive().optional(),
      /** Architectures, or names of known networks, that are looked at before all others. */
      start: z.array(z.string()).min(1).optional(),
      /** Ids of runs of the store from which the search learns. */
      warm_start: z.array(z.string()).min(1).optional(),
    })
    .superRefine(refuseOtherSettings)
    .superRefine(refuseTimeAndEvaluations)
    .prefault({}),
  limits: z
    .strictObject({
      trial_time: positiveQuantity("time").default(10 * 60_000),
      trial_memory: positiveQuantity("memory").default(2 * 2 ** 30),
    })
    .prefault({}),
});

export type ExperimentDocument = z.output<typeof experimentSchema>;
export type DeviceDocument = ExperimentDocument["devices"][number];
