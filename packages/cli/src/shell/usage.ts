/** Explains a command line that yargs does not understand, in the form of all other bad input. */
import { InputError, nearestSpelling } from "@archwright/core";

/** What yargs says of a command line that it does not understand. */
export class Complaint extends Error {
  override readonly name = "Complaint";
}

/** What a command that has commands of its own does where none of them is named. */
export function refuseUnknownPart(): never {
  throw new Complaint("no such command");
}

/** Options that take no value. */
const flags = ["--json", "--force", "--take-over", "--help", "--version", "--train-while-measuring"];

/** The arguments before `--`, after which nothing is an option or a command. */
export function beforeEnd(args: readonly string[]): readonly string[] {
  return args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
}

/** The words of a command line: neither options nor their values. */
export function wordsOf(args: readonly string[]): readonly string[] {
  const given = beforeEnd(args);
  const isOption = (arg: string) => arg.startsWith("-") && arg !== "-";
  const takesNext = (arg = "") => isOption(arg) && !arg.includes("=") && !flags.includes(arg);
  return given.filter((arg, i) => !isOption(arg) && !takesNext(given[i - 1]));
}

/** What a complaint about the command line is to be made of. */
export interface Usage {
  readonly args: readonly string[];
  readonly commands: readonly string[];
  /** Help of a command of one word or two. */
  readonly help: (command: readonly string[]) => Promise<string>;
}

/** What yargs complains of, in the words of all other bad input: what is wrong, what was expected, what to write instead. */
export async function usageError(complaint: string, { args, commands, help }: Usage): Promise<InputError> {
  const [command, part] = wordsOf(args);
  if (command === undefined) return new InputError("no command is given", { expected: `archwright with one of ${commands.join(", ")}` });
  if (!commands.includes(command)) {
    return new InputError(`there is no command '${command}'`, {
      expected: `one of ${commands.join(", ")}`,
      suggestion: nearestSpelling(command, commands),
    });
  }
  const own = await help([command]);
  // Examples further down begin in the same way.
  const [, listed = ""] = own.split(/^Commands:$/m);
  const parts = [...(listed.split("\n\n")[0] as string).matchAll(new RegExp(`^ {2}archwright ${command} ([a-z]+)`, "gm"))].map(
    ([, name]) => name as string,
  );
  if (parts.length > 0) {
    if (part === undefined) {
      return new InputError(`'${command}' needs a command`, { expected: `archwright ${command} with one of ${parts.join(", ")}` });
    }
    if (!parts.includes(part)) {
      return new InputError(`'${command}' has no command '${part}'`, {
        expected: `one of ${parts.join(", ")}`,
        suggestion: nearestSpelling(part, parts),
      });
    }
    return explain(complaint, `${command} ${part}`, args, await help([command, part]));
  }
  return explain(complaint, command, args, own);
}

/** What is wrong with the arguments of a command, whose help says which it has. */
function explain(complaint: string, command: string, args: readonly string[], text: string): InputError {
  const usage = text.split("\n")[0] as string;

  const [, unknown] = /^Unknown arguments?: ([^,]+)/.exec(complaint) ?? [];
  if (unknown !== undefined) {
    const known = [...text.matchAll(/^ +--([a-z][a-z-]*)/gm)].map(([, name]) => `--${name}`);
    const option = args.find((arg) => arg.split("=")[0]?.replace(/^--?/, "") === unknown && arg.startsWith("-"));
    if (option === undefined) return new InputError(`'${unknown}' is one argument too many`, { expected: usage });
    const written = option.split("=")[0] as string;
    return new InputError(`'${command}' has no option '${written}'`, {
      expected: `one of ${known.join(", ")}`,
      suggestion: nearestSpelling(written, known),
    });
  }
  const [, name, given, choices] = /Argument: (\S+), Given: "(.*)", Choices: (.*)/.exec(complaint) ?? [];
  if (name !== undefined && given !== undefined && choices !== undefined) {
    const known = [...choices.matchAll(/"([^"]*)"/g)].map(([, choice]) => choice as string);
    return new InputError(`'${given}' is not ${text.includes(`--${name}`) ? "a value of --" : "an "}${name} of '${command}'`, {
      expected: `one of ${known.join(", ")}`,
      suggestion: nearestSpelling(given, known),
    });
  }
  const [, missing] = /^Missing required arguments?: (.+)$/.exec(complaint) ?? [];
  if (missing !== undefined) {
    const options = missing.split(", ").map((option) => `--${option}`);
    return new InputError(`'${command}' needs ${options.join(" and ")}`, { expected: `see 'archwright ${command} --help'` });
  }
  if (/^Not enough non-option arguments/.test(complaint)) return new InputError(`'${command}' needs more arguments`, { expected: usage });
  const [, valueless] = /^Not enough arguments following: (.+)$/.exec(complaint) ?? [];
  if (valueless !== undefined) return new InputError(`--${valueless} needs a value`, { expected: `see 'archwright ${command} --help'` });
  return new InputError(complaint, { expected: `see 'archwright ${command} --help'` });
}
