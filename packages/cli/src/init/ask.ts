/** Asks on the terminal what the command line has not said, and refuses an answer at once if it cannot be right. */
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { type CostName, formatQuantity, InputError, metricNames, parseQuantity } from "@archwright/core";
import { type CANCEL_SYMBOL, isCancel, select, text } from "@clack/prompts";
import { type DataKind, dataKinds } from "../input/dataFile.ts";
import { Interrupted } from "../shell/commandErrors.ts";

/** Questions and answers go to stderr: stdout is for results. */
const output = process.stderr;

/** @throws Interrupted where the user cancels (Ctrl-C, Escape), or ends the input (Ctrl-D). */
async function answered<Answer>(asked: Promise<Answer | typeof CANCEL_SYMBOL>): Promise<Answer> {
  let onEnd = () => {};
  // After the end of input the prompt waits for keys that never come, and the process would end without a word.
  const ended = new Promise<never>((_, reject) => {
    onEnd = () => {
      output.write("\x1b[?25h\n");
      reject(new Interrupted("the input has ended; nothing was written"));
    };
  });
  process.once("beforeExit", onEnd);
  try {
    const answer = await Promise.race([asked, ended]);
    if (isCancel(answer)) throw new Interrupted("nothing was written");
    return answer as Answer;
  } finally {
    process.off("beforeExit", onEnd);
  }
}

const hints: Readonly<Record<DataKind, string>> = {
  digits: "comes with the program",
  folder: "one folder of images for each class",
  csv: "one image in each row",
  idx: "MNIST's format",
};

/** @returns what `--data` would have said. */
export async function askData(): Promise<string> {
  const options = dataKinds.map((value) => ({ value, label: value, hint: hints[value] }));
  const kind = await answered(select({ message: "Which images?", options, output }));
  if (kind === "digits") return kind;
  const what = kind === "folder" ? "folder" : "file";
  const message = `Path of the ${what}? (empty: to be written into the experiment later)`;
  const validate = (typed: string | undefined) => (typed ? pathProblem(expanded(typed), what) : undefined);
  const path = await answered(text({ message, defaultValue: "", validate, output }));
  return path === "" ? kind : `${kind}:${expanded(path)}`;
}

/** `~/flowers` as a shell would pass it on. */
function expanded(path: string): string {
  return path.trim().replace(/^~(?=$|[\\/])/, homedir());
}

function pathProblem(path: string, what: "folder" | "file"): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return `there is no ${what} '${path}'`;
  return found.isDirectory() === (what === "folder") ? undefined : `'${path}' is not a ${what}`;
}

/** @returns what `--device` would have said. */
export function askDevice(devices: readonly { readonly name: string; readonly description: string }[], usual: string): Promise<string> {
  const options = devices.map(({ name, description }) => ({ value: name, label: name, hint: description }));
  return answered(select({ message: "Which device?", options, initialValue: usual, maxItems: 10, output }));
}

/** A cost that may have a budget. */
export interface AskedBudget {
  readonly cost: CostName;
  /** A limit such as people write: `10ms`. */
  readonly example: string;
  /** What the device has, in the cost's own unit. */
  readonly most: number | undefined;
}

/** @returns what `--budget` would have said. */
export async function askBudgets(costs: readonly AskedBudget[]): Promise<readonly string[]> {
  const budgets: string[] = [];
  for (const asked of costs) {
    const name = metricNames[asked.cost].yaml;
    const message = `Largest ${name.replace("_", " ")}? (for example ${asked.example}; empty: no limit)`;
    const validate = (typed: string | undefined) => (typed ? budgetProblem(typed, asked) : undefined);
    const value = await answered(text({ message, defaultValue: "", validate, output }));
    if (value !== "") budgets.push(`${name}=${value.trim()}`);
  }
  return budgets;
}

function budgetProblem(typed: string, { cost, most }: AskedBudget): string | undefined {
  const { dimension } = metricNames[cost];
  try {
    const value = parseQuantity(typed, dimension);
    if (!(value > 0)) return "a limit must be larger than 0";
    return most !== undefined && value > most ? `the device has ${formatQuantity(most, dimension)}` : undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [error.problem, error.expected].filter(Boolean).join("; expected: ");
  }
}
