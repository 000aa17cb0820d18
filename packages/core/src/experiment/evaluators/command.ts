/** Candidates are scored by a program of the user's own, which trains them as it likes. It is run on workers, by the runtimes. */
import { InputError, item, type Json } from "../../base/index.ts";
import type { OwnMetrics } from "../metrics.ts";
import { type Command, type ProgramDocument, programSchema, writtenCommand } from "../program/spec.ts";
import { fidelityOfStage, type Stage, stageInWords } from "../training/stages.ts";
import type { EvaluatorKind } from "./types.ts";

export interface CommandSpec {
  readonly kind: "command";
  /** Absent where workers of a fleet have it. */
  readonly command?: Command;
  /** Where it is started: the folder of the experiment's file. */
  readonly folder: string;
  /** As workers of a fleet know it. It then stands for the program, however that is started. */
  readonly name?: string;
  /** What the user calls the program's present state. */
  readonly version?: string;
  /** Absent where there are stages. */
  readonly epochs?: number;
  readonly stages?: readonly Stage[];
  /** By epoch: a program that reports a lower score then is stopped, and that score is the candidate's. */
  readonly leastScore: Readonly<Record<string, number>>;
  readonly metrics: OwnMetrics;
  /** Absolute; absent: a folder for each evaluation, which goes with it. */
  readonly workFolder?: string;
  /** The user says that the same seed gives the same numbers. */
  readonly repeatable: boolean;
}

/** Where nothing says how long a program trains. */
const usualEpochs = 10;

export const commandKind: EvaluatorKind<CommandSpec> = {
  kind: "command",
  keys: { evaluator: programSchema.optional().describe("A training program of your own, in place of a dataset.") },
  chosenBy: "evaluator",
  meaning: { text: "a training program of your own", example: "evaluator: { command: [python3, train.py] }" },
  runs: "worker",
  verb: "trained",
  tests: false,
  resolve: async (document, { path }) => {
    const { task, work_folder, least_score, version, ...written } = document.evaluator as ProgramDocument;
    return {
      evaluator: {
        kind: "command",
        ...(written.command === undefined ? {} : { command: written.command }),
        folder: path("."),
        ...(written.name === undefined ? {} : { name: written.name }),
        ...(version === undefined ? {} : { version: String(version) }),
        ...(written.stages === undefined ? { epochs: written.epochs ?? usualEpochs } : { stages: written.stages }),
        leastScore: least_score,
        metrics: written.metrics,
        ...(work_folder === undefined ? {} : { workFolder: path(work_folder) }),
        repeatable: written.repeatable,
      },
      ...(task ? { task } : {}),
    };
  },
  inWords: (spec) => `trained by ${programOf(spec)} for ${stagesOfProgram(spec).map(stageInWords).join(", then ")}`,
  stages: (spec) => stagesOfProgram(spec),
  stagesKey: "evaluator.stages",
  decides: (spec) => {
    const { kind, epochs, stages, leastScore, metrics } = spec;
    return { kind, ...identity(spec), ...(stages === undefined ? { epochs } : { stages }), leastScore, metrics } as unknown as Json;
  },
  describe: (spec) => ({
    evaluator: {
      ...identity(spec),
      ...fidelityOfStage(item(stagesOfProgram(spec), 0)),
      least_score: spec.leastScore,
      metrics: spec.metrics,
    },
  }),
  calledOnWorkers: ({ name }) => name,
  published: ({ command, workFolder: _workFolder, ...spec }) => {
    if (spec.name !== undefined) return { ...spec, folder: "" };
    throw new InputError("no program travels to the workers of a fleet", {
      expected: "workers that were started with --evaluator NAME=COMMAND, and their NAME as 'name' in the experiment's 'evaluator'",
      suggestion: `evaluator: { name: trainer, command: ${JSON.stringify(command)} }`,
    });
  },
  // Whatever came with the experiment is no command here.
  equipped: ({ command: _command, ...spec }, { commands, folder, workFolder }) => {
    const { name = "" } = spec;
    const own = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (own === undefined) {
      const known = Object.keys(commands);
      throw new InputError(`this worker has no program '${name}'`, {
        expected:
          known.length === 0
            ? `a worker that was started with --evaluator ${name || "NAME"}=COMMAND`
            : `one of its own: ${known.join(", ")}`,
      });
    }
    return { ...spec, command: own, folder, workFolder };
  },
  metrics: ({ metrics }) => metrics,
  dependsOn: ({ repeatable }) => (repeatable ? undefined : "the numbers of a program that is not declared repeatable"),
};

function stagesOfProgram({ epochs, stages }: CommandSpec): readonly Stage[] {
  return stages ?? [{ epochs, seeds: 1 }];
}

/** What stands for the program: another command of the same name is the same program, elsewhere. */
function identity({ name, command, version }: CommandSpec) {
  return { ...(name === undefined ? { command: command ?? "" } : { name }), ...(version === undefined ? {} : { version }) };
}

function programOf({ name, command }: CommandSpec): string {
  return command === undefined ? `the workers' '${name}'` : `'${writtenCommand(command)}'`;
}
