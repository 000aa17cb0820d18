/** How a user's own training program is named in an experiment: the keys of `evaluator`. */
import { z } from "zod";
import { nameSchema } from "../../base/index.ts";
import { type Task, taskKinds } from "../../tasks/index.ts";
import { metricNames, type OwnMetric } from "../metrics.ts";
import { stagesSchema } from "../training/stages.ts";

/** Words that are given to the system as they are, or a text for the shell. */
export type Command = string | readonly string[];

const word = z.string().regex(/^[^\0]+$/, "a word of a command holds no NUL and is not empty");
const taken = new Set<string>(["accuracy", "score", ...Object.values(metricNames).flatMap(({ yaml, column }) => [yaml, column])]);

/** Names that a number of a program may have, in the experiment and in its final line. */
export const ownMetricName = /^[a-z][a-z0-9_]{0,39}$/;

// The rows' schemas are known by their common interface only; each is an object whose `kind` is a literal.
const taskSchema = z.discriminatedUnion("kind", taskKinds.map(({ schema }) => schema) as unknown as [z.ZodObject<{ kind: z.ZodString }>]);

const metricSchema = z
  .strictObject({
    goal: z.enum(["minimise", "maximise"]).default("minimise").describe("Which of two values is the better one."),
    at_most: z.number().optional().describe("A budget: candidates with more are infeasible."),
    at_least: z.number().optional().describe("A budget: candidates with less are infeasible."),
  })
  .transform(
    ({ goal, at_most, at_least }): OwnMetric => ({
      goal,
      ...(at_most === undefined ? {} : { atMost: at_most }),
      ...(at_least === undefined ? {} : { atLeast: at_least }),
    }),
  );

/** The keys of `evaluator`. `docs/own-training.md` explains each. */
export const programSchema = z
  .strictObject({
    command: z
      .union([word, z.array(word).min(1)])
      .optional()
      .describe("How the program is started: words that are given to the system as they are, or a text for the shell."),
    name: nameSchema("any").optional().describe("As workers of a fleet know the program."),
    version: z
      .union([z.string(), z.number()])
      .optional()
      .describe("What you call the program's present state; another version is another experiment."),
    task: taskSchema.optional().describe("What networks are for: their input and the number of classes."),
    epochs: z.int().positive().optional().describe("How many epochs the program trains a candidate for, 10 by default."),
    stages: stagesSchema.optional().describe("In place of epochs: stages, of which the search makes the first."),
    least_score: z.record(z.string(), z.number()).default({}).describe("By epoch: a candidate with a lower score then is stopped."),
    metrics: z
      .record(z.string(), metricSchema)
      .default({})
      .describe("Numbers that the program gives beside the score, by their names: they may be objectives and have budgets."),
    work_folder: z.string().min(1).optional().describe("Folder in which evaluations have their folders, which then stay."),
    repeatable: z.boolean().default(false).describe("Whether the same seed gives the same numbers."),
  })
  .superRefine(({ command, name, epochs, stages, metrics, least_score }, context) => {
    const issue = (path: string[], message: string, expected: string) =>
      context.addIssue({ code: "custom", path, message, params: { expected } });
    if (command === undefined && name === undefined) {
      issue([], "nothing says which program is to be run", "'command' (how it is started), or 'name' (as workers of a fleet know it)");
    }
    if (epochs !== undefined && stages !== undefined) {
      issue(["epochs"], "'epochs' and 'stages' exclude each other", "one of them; each stage says how long it trains");
    }
    for (const metric of Object.keys(metrics)) {
      if (!ownMetricName.test(metric)) {
        issue(
          ["metrics", metric],
          `'${metric}' cannot be the name of a metric`,
          "lower-case letters, digits and _, a letter first, 40 at most",
        );
      } else if (taken.has(metric)) issue(["metrics", metric], `'${metric}' is a metric that every run has`, "another name");
    }
    for (const epoch of Object.keys(least_score)) {
      if (!/^[1-9]\d{0,8}$/.test(epoch)) issue(["least_score", epoch], `'${epoch}' is no epoch`, "a whole number from 1");
    }
  });

export type ProgramDocument = Omit<z.output<typeof programSchema>, "task"> & { readonly task?: Task };

/** How a command is written in messages. */
export function writtenCommand(command: Command): string {
  return typeof command === "string"
    ? command
    : command.map((text) => (/^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)).join(" ");
}
