/** The evaluator that lets a program of the user's own train candidates. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CandidateError, createRng, InputError } from "@archwright/core/base";
import {
  type CommandSpec,
  checkMetrics,
  type EvaluationResult,
  type Evaluator,
  type ProgramFinal,
  type ProgramProgress,
  parseProgramLine,
  programRequest,
} from "@archwright/core/experiment";
import { exportOnnx } from "../onnx/exportModel.ts";
import { initialWeights } from "../training/initialise.ts";
import { runProgram } from "./command/program.ts";
import { readTrained } from "./command/trainedWeights.ts";
import { openWorkFolder, type WorkFolder } from "./command/workFolder.ts";
import type { EvaluatorProblem } from "./types.ts";

/**
 * Says how good an architecture is by what a program of the user's own says: see `docs/own-training.md`.
 * @throws InputError where nothing says how the program is started.
 */
export async function createCommandEvaluator({ space, task, spec, limits }: EvaluatorProblem<CommandSpec>): Promise<Evaluator> {
  const { command, name, folder, leastScore, workFolder } = spec;
  if (command === undefined) {
    throw new InputError(`nothing says how the program '${name}' is started here`, {
      expected: `'command' beside 'name' in the experiment's 'evaluator', or workers of a fleet that were started with --evaluator ${name}=COMMAND`,
    });
  }
  const metrics = Object.keys(spec.metrics);
  return {
    evaluate: async (architecture, { epochs }, seed, gpu) => {
      const network = space.network(space.parse(architecture), task);
      const work = openWorkFolder(workFolder, { program: name ?? command, version: spec.version ?? null, architecture, epochs, seed });
      try {
        const onnx = join(work.path, "network.onnx");
        writeFileSync(onnx, exportOnnx(network, initialWeights(network, createRng(seed))));
        const ended = await converse();
        if (ended.kind === "progress") return { score: ended.score };
        checkMetrics(ended, metrics);
        return {
          ...numbersOf(ended),
          ...(ended.weights === undefined ? {} : { weights: readTrained(work.file(ended.weights, "weights"), network) }),
        };

        /** Runs the program. @returns its final line, or the one at which it was stopped. */
        async function converse(): Promise<ProgramFinal | ProgramProgress> {
          let last: ProgramFinal | ProgramProgress | undefined;
          let lines = 0;
          await runProgram({
            command: command as NonNullable<typeof command>,
            folder,
            environment: { ARCHWRIGHT_WORK_FOLDER: work.path, ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }) },
            request: `${JSON.stringify(
              programRequest({
                ...{ architecture, network, task, epochs, seed, metrics, onnx },
                workFolder: work.path,
                ...(work.checkpoint === undefined ? {} : { checkpoint: work.checkpoint }),
                limits: { timeMs: limits.trialTimeMs, memoryBytes: limits.trialMemoryBytes },
              }),
            )}\n`,
            limits: { timeMs: limits.trialTimeMs, memoryBytes: limits.trialMemoryBytes },
            onLine: (text, number) => {
              lines++;
              if (last?.kind === "final")
                throw new CandidateError("bad-output", `line ${number} of the program's standard output comes after its final line`);
              last = parseProgramLine(text, number, task);
              if (last.kind === "final") return "end";
              noteCheckpoint(last, work);
              return isTooLow(last, leastScore) ? "stop" : "go on";
            },
          });
          if (last === undefined || (last.kind === "progress" && !isTooLow(last, leastScore))) {
            throw new CandidateError(
              "bad-output",
              `the program ended without a final line (it wrote ${lines} other${lines === 1 ? "" : "s"}); expected: {"kind":"final","score":93.1} at its end`,
            );
          }
          return last;
        }
      } finally {
        work.close();
      }
    },
  };
}

function numbersOf({ score, test_score, metrics }: ProgramFinal): EvaluationResult {
  return { score, ...(test_score === undefined ? {} : { testScore: test_score }), ...(metrics === undefined ? {} : { metrics }) };
}

function noteCheckpoint({ checkpoint }: ProgramProgress, work: WorkFolder): void {
  if (checkpoint !== undefined) work.remember(work.file(checkpoint, "checkpoint"));
}

/** Whether it has had the epochs of some bound, and reached less. */
function isTooLow({ epoch, score }: ProgramProgress, leastScore: CommandSpec["leastScore"]): boolean {
  return Object.entries(leastScore).some(([from, least]) => epoch >= Number(from) && score < least);
}
