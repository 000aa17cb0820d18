/** An experiment as it is written in YAML. */
import { z } from "zod";
import { nameSchema } from "../../base/index.ts";
import { type Budgets, budgetsSchema, positiveQuantity } from "../../devices/index.ts";
import { deviceKeys, deviceRows } from "../../devices/kinds/index.ts";
import { numberFormats } from "../../ir/index.ts";
import { algorithmNamed, searcherNames, settingSchemas, settingsOf } from "../../search/index.ts";
import { spaceNames, spaceSchemaNow } from "../../spaces/index.ts";
import { evaluatorRows } from "../evaluators/index.ts";
import { pluginsSchema } from "../plugins/identity.ts";
import { usualEvaluations } from "../training/stages.ts";

const evaluatorKeys = (): z.ZodRawShape => Object.assign({}, ...evaluatorRows.map(({ keys }) => keys));

/** Names as they are written. Which there are is known where names are resolved; `jsonSchema.ts` tells editors. */
export const written = { algorithm: z.string(), device: z.string(), deviceOfEntry: z.string(), objective: z.string(), space: z.string() };

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

/** Keys that only some kind of device has are checked here, and understood by their row. */
const deviceSchema = () =>
  z.strictObject({
    name: written.deviceOfEntry.describe(
      "A device of 'archwright device list', 'local' for this machine, or any name where another key says where its costs are.",
    ),
    format: z.enum(numberFormats).optional().describe("The number format that costs are computed for. By default the device's own."),
    budgets: budgetsSchema.prefault({}).describe("Hard limits: a network over one of them is infeasible and is not trained."),
    ...deviceKeys(),
  });

/** An experiment as a user writes it. `docs/experiments.md` explains every key. */
const madeOfRows = () =>
  z.strictObject({
    plugins: pluginsSchema.optional(),
    name: nameSchema("any").describe("Runs are called after it: name-1, name-2, …"),
    seed: z.int().min(0).default(0).describe("Of all random numbers: the same seed gives the same trials."),
    /** Where scores come from: `dataset` and `training`, or `accuracy`. */
    ...evaluatorKeys(),
    space: z
      .union([written.space, spaceSchemaNow()])
      .describe("What architectures are chosen from: the name of a space, the path of a YAML file that describes one, or its settings."),
    devices: z
      .array(z.union([written.device.transform((name) => ({ name, budgets: {} as Budgets })), deviceSchema()]))
      .default([])
      .describe("What the networks are to run on: names, or mappings with budgets."),
    objectives: z
      .array(written.objective)
      .min(1)
      .default(["error", "latency"])
      .describe(
        "What is minimised: error, macs, parameters, or a cost of a device such as latency@stm32f746; without '@' it is of the only device.",
      ),
    search: z
      .strictObject({
        algorithm: written.algorithm
          .default("default")
          .describe("By which candidates are chosen. 'default' is the one that needs the fewest networks."),
        ...settingSchemas,
        mode: z
          .enum(["generational", "steady"])
          .default("generational")
          .describe(
            "Whether the algorithm waits for a whole generation, or is told of each trial as it ends, which keeps many workers busy.",
          ),
        evaluations: z.int().positive().optional().describe("Trials that may reach the last gate, 100 by default."),
        time: positiveQuantity("time")
          .optional()
          .describe("In place of evaluations: a time such as 30min, from which a number of evaluations is planned."),
        candidates: z
          .int()
          .positive()
          .optional()
          .describe("Architectures that may be proposed, those that a cheap gate stops included. By default 50 for each evaluation."),
        start: z
          .array(z.string())
          .min(1)
          .optional()
          .describe("Architectures, or names of known networks such as mobilenet-v2, that are looked at before all others."),
        warm_start: z.array(z.string()).min(1).optional().describe("Ids of finished runs of the store from which the search learns."),
      })
      .superRefine(refuseOtherSettings)
      .superRefine(refuseTimeAndEvaluations)
      .prefault({})
      .describe("How candidates are chosen, and how many are evaluated."),
    limits: z
      .strictObject({
        trial_time: positiveQuantity("time")
          .prefault("10min")
          .describe("Longest job: training, testing or measuring one network. What takes longer is a failed trial."),
        trial_memory: positiveQuantity("memory").prefault("2GiB").describe("Most resident memory of one worker process."),
      })
      .prefault({})
      .describe("What one trial may take."),
  });

/** Of the kinds that are built in. */
export const experimentSchema = madeOfRows();

let latest = { rows: rowCount(), schema: experimentSchema };

function rowCount(): number {
  return searcherNames.length + spaceNames.length + deviceRows.length + evaluatorRows.length;
}

/** Of all kinds that there are by now, those of plugins among them. */
export function experimentSchemaNow(): typeof experimentSchema {
  if (latest.rows !== rowCount()) latest = { rows: rowCount(), schema: madeOfRows() };
  return latest.schema;
}

export type ExperimentDocument = z.output<typeof experimentSchema>;
export type DeviceDocument = ExperimentDocument["devices"][number];
