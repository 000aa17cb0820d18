/** Asks on the terminal what the command line has not said. */
import type { CostName } from "@archwright/core";
import { type CANCEL_SYMBOL, isCancel, select, text } from "@clack/prompts";
import { Interrupted } from "../shell/commandErrors.ts";
import { type DataKind, dataKinds } from "./data.ts";

/** Questions and answers go to stderr: stdout is for results. */
const output = process.stderr;

async function answered<Answer>(asked: Promise<Answer | typeof CANCEL_SYMBOL>): Promise<Answer> {
  const answer = await asked;
  if (isCancel(answer)) throw new Interrupted("nothing was written");
  return answer as Answer;
}

const hints: Readonly<Record<DataKind, string>> = {
  digits: "comes with the program",
  folder: "one folder of images a class",
  csv: "one image a row",
  idx: "MNIST's format",
};

/** @returns what `--data` would have said. */
export async function askData(): Promise<string> {
  const options = dataKinds.map((value) => ({ value, label: value, hint: hints[value] }));
  const kind = await answered(select({ message: "Which images?", options, output }));
  if (kind === "digits") return kind;
  const path = await answered(text({ message: "Where are they? (empty: to be written later)", defaultValue: "", output }));
  return path === "" ? kind : `${kind}:${path}`;
}

/** @returns what `--device` would have said. */
export function askDevice(devices: readonly { readonly name: string; readonly description: string }[], usual: string): Promise<string> {
  const options = devices.map(({ name, description }) => ({ value: name, label: name, hint: description }));
  return answered(select({ message: "Which device?", options, initialValue: usual, maxItems: 10, output }));
}

/** @param check says what is wrong with an answer. @returns what `--budget` would have said. */
export async function askBudgets(
  costs: readonly { readonly cost: CostName; readonly name: string; readonly example: string }[],
  check: (budget: string) => string | undefined,
): Promise<readonly string[]> {
  const budgets: string[] = [];
  for (const { name, example } of costs) {
    const value = await answered(
      text({
        message: `At most how much ${name.replace("_", " ")}? (empty: no limit of yours)`,
        placeholder: example,
        defaultValue: "",
        validate: (typed) => (typed ? check(`${name}=${typed}`) : undefined),
        output,
      }),
    );
    if (value !== "") budgets.push(`${name}=${value}`);
  }
  return budgets;
}
