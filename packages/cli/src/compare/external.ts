/** Search algorithms outside: a program that is asked and told over JSON lines. The protocol is described in docs/comparing.md. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import {
  type Gene,
  type Genotype,
  InputError,
  type InputErrorDetails,
  initialDesign,
  rngOfRun,
  type SearchRun,
  type SearchTrace,
  TableRun,
  type TableTask,
} from "@archwright/core";

/** Version of the protocol. */
const protocol = 1;
/** How long one answer may take. */
const answerLimitMs = 300_000;
/** Candidates that give nothing new, by evaluation, before a search counts as stuck. */
const idlePerEvaluation = 50;
/** How much of what it writes to standard error is kept for messages. */
const keptStderr = 2000;

/** A program outside; one search after another. */
export interface ExternalAlgorithm {
  /** What it calls itself, once it has begun a search. */
  readonly name: string | undefined;
  /** Sends a message and waits for an answer of this type. @throws InputError where none comes. */
  request(message: Readonly<Record<string, unknown>>, answer: string): Promise<Readonly<Record<string, unknown>>>;
  end(): void;
}

/** Starts a program by its command line. */
export function startExternal(command: string): ExternalAlgorithm {
  const child: ChildProcessWithoutNullStreams = spawn(command, { shell: true, stdio: "pipe" });
  const answers = createInterface({ input: child.stdout, crlfDelay: Infinity })[Symbol.asyncIterator]();
  let stderr = "";
  let name: string | undefined;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-keptStderr);
  });
  // A program that has ended shows by its missing answer.
  child.stdin.on("error", () => {});
  const fail = (problem: string, details: InputErrorDetails) =>
    new InputError(`--external '${command}': ${problem}${stderr.trim() === "" ? "" : `\n${stderr.trim()}`}`, details);
  return {
    get name() {
      return name;
    },
    async request(message, answer) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const line = await nextLine(answers);
      if (line === undefined) throw fail("the program ended or gave no answer", { expected: `a line of JSON with "type": "${answer}"` });
      const parsed = parsedLine(line);
      if (parsed?.type !== answer) {
        throw fail(`it answered ${line.slice(0, 200)}`, {
          expected: `a line of JSON with "type": "${answer}"`,
          advice: "Write what is for people to standard error.",
        });
      }
      if (typeof parsed.name === "string") name = parsed.name;
      return parsed;
    },
    end() {
      child.stdin.end();
      // One that goes on after its input has ended is stuck.
      const timer = setTimeout(() => child.kill(), 2000);
      child.on("close", () => clearTimeout(timer));
    },
  };
}

async function nextLine(lines: AsyncIterator<string>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), answerLimitMs);
  });
  const next = lines.next().then(({ value, done }) => (done ? undefined : value));
  const line = await Promise.race([next, late]);
  clearTimeout(timer);
  return line;
}

function parsedLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One search on a table by a program outside. A candidate that the table does not know is told as failed, one that was evaluated before
 * with its values; neither counts as an evaluation, and a program that gives nothing else ends its search early.
 * @throws InputError where the program breaks the protocol.
 */
export async function searchExternally(
  algorithm: ExternalAlgorithm,
  genes: readonly Gene[],
  task: TableTask<Genotype>,
  run: Pick<SearchRun, "evaluations" | "initial" | "seed" | "repeat">,
): Promise<SearchTrace> {
  const books = new TableRun(task, run.evaluations);
  let ownSeconds = 0;
  const request = async (message: Readonly<Record<string, unknown>>, answer: string) => {
    const began = performance.now();
    const result = await algorithm.request(message, answer);
    ownSeconds += (performance.now() - began) / 1000;
    return result;
  };
  await request(
    {
      type: "start",
      protocol,
      seed: rngOfRun(task.name, { ...run, copy: 0 }).int(2 ** 31),
      evaluations: run.evaluations,
      objectives: task.objectiveNames,
      variables: genes.map(({ name, options, ordered, when }) => ({
        name,
        options,
        ordered,
        ...(when && { when: { variable: when.gene, options: when.options } }),
      })),
    },
    "ready",
  );
  // The seconds of starting are no work of the algorithm: loading libraries, mostly.
  ownSeconds = 0;
  const tell = async (candidates: readonly Genotype[]) => {
    const trials = candidates.map((candidate) => ({ candidate, ...books.evaluate(task.space.format(candidate), ownSeconds) }));
    await request({ type: "tell", trials }, "told");
  };
  const initial = initialDesign(task, run);
  if (initial.length > 0) await tell(initial);
  let idle = 0;
  while (books.left > 0 && idle < idlePerEvaluation * run.evaluations) {
    const left = books.left;
    const { candidates } = await request({ type: "ask", count: left }, "candidates");
    const asked = checkedCandidates(candidates, genes);
    if (asked.length === 0) break;
    await tell(asked);
    idle += asked.length - (left - books.left);
  }
  return books.trace;
}

/** Lists of positions among the options; variables that do not count are set to 0. @throws InputError for anything else. */
export function checkedCandidates(candidates: unknown, genes: readonly Gene[]): Genotype[] {
  const complain = (what: string) =>
    new InputError(`--external: ${what}`, { expected: `"candidates": a list of lists of ${genes.length} positions among the options` });
  if (!Array.isArray(candidates)) throw complain("there are no candidates in its answer");
  return candidates.map((candidate: unknown) => {
    if (!Array.isArray(candidate) || candidate.length !== genes.length) throw complain(`${JSON.stringify(candidate)} is not a candidate`);
    const active: boolean[] = [];
    return genes.map(({ name, options, when }, i) => {
      active.push(when === undefined || (active[when.gene] === true && when.options.includes(candidate[when.gene] as number)));
      if (!active[i]) return 0;
      const option: unknown = candidate[i];
      if (typeof option !== "number" || !Number.isInteger(option) || option < 0 || option >= options.length) {
        throw complain(`${name} is ${JSON.stringify(option)}, of ${options.length} options`);
      }
      return option;
    });
  });
}
