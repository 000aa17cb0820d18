/** The evaluator that lets a program of the user's own train candidates. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CandidateError, createRng, InputError } from "@archwright/core/base";
import {
  type CommandSpec,
  checkMetrics,
  type EvaluationResult,
  type Evaluator,
  type ProgramLine,
  type ProgramProgress,
  parseProgramLine,
  programRequest,
} from "@archwright/core/experiment";
import type { Network } from "@archwright/core/ir";
import type { Task } from "@archwright/core/tasks";
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
  const bounds = { timeMs: limits.trialTimeMs, memoryBytes: limits.trialMemoryBytes };
  return {
    evaluate: async (architecture, fidelity, seed, { gpu } = {}) => {
      const network = space.network(space.parse(architecture), task);
      const work = openWorkFolder(workFolder, { program: name ?? command, version: spec.version ?? null, architecture, ...fidelity, seed });
      try {
        const onnx = join(work.path, "network.onnx");
        writeFileSync(onnx, exportOnnx(network, initialWeights(network, createRng(seed))));
        const { path, checkpoint } = work;
        const job = { architecture, network, task, fidelity, seed, metrics, onnx, workFolder: path, limits: bounds };
        const request = programRequest({ ...job, ...(checkpoint === undefined ? {} : { checkpoint }) });
        const conversation = createConversation(task, leastScore, work);
        await runProgram({
          command,
          folder,
          environment: { ARCHWRIGHT_WORK_FOLDER: path, ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }) },
          request: `${JSON.stringify(request)}\n`,
          limits: bounds,
          onLine: conversation.take,
        });
        const last = conversation.last();
        checkMetrics(last, metrics);
        return { ...numbersOf(last), ...weightsOf(last, work, network) };
      } finally {
        work.close();
      }
    },
  };
}

/** The lines of one evaluation, as they come. */
function createConversation(task: Task, leastScore: CommandSpec["leastScore"], work: WorkFolder) {
  let last: ProgramLine | undefined;
  let count = 0;
  return {
    take: (text: string, number: number) => {
      if (last?.kind === "final") {
        throw new CandidateError("bad-output", `line ${number} of the program's standard output comes after its final line`);
      }
      count++;
      last = parseProgramLine(text, number, task);
      if (last.checkpoint !== undefined) {
        const file = work.file(last.checkpoint, "checkpoint");
        if (last.kind === "progress") work.remember(file);
      }
      if (last.kind === "final") return "end";
      return isTooLow(last, leastScore) ? "stop" : "go on";
    },
    /** The final line, or the one at which the program was stopped. @throws CandidateError where it ended with neither. */
    last: (): ProgramLine => {
      if (last && (last.kind === "final" || isTooLow(last, leastScore))) return last;
      throw new CandidateError(
        "bad-output",
        `the program ended without a final line (it wrote ${count} other${count === 1 ? "" : "s"}); expected: {"kind":"final","score":93.1} at its end`,
      );
    },
  };
}

function numbersOf(line: ProgramLine): EvaluationResult {
  const { score, metrics } = line;
  const testScore = line.kind === "final" ? line.test_score : undefined;
  return { score, ...(testScore === undefined ? {} : { testScore }), ...(metrics === undefined ? {} : { metrics }) };
}

function weightsOf(line: ProgramLine, work: WorkFolder, network: Network): Pick<EvaluationResult, "weights"> {
  return line.kind === "progress" || line.weights === undefined
    ? {}
    : { weights: readTrained(work.file(line.weights, "weights"), network) };
}

/** Whether it has had the epochs of some bound, and reached less. */
function isTooLow({ epoch, score }: ProgramProgress, leastScore: CommandSpec["leastScore"]): boolean {
  return Object.entries(leastScore).some(([from, least]) => epoch >= Number(from) && score < least);
}
