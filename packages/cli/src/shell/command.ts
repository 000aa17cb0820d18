/** Describes the commands of the program: what their handlers are given follows from their options. */
import type { Argv } from "yargs";
import type { Workspace } from "../input/workspace.ts";
import { examples } from "./examples.ts";
import { refuseUnknownPart } from "./usage.ts";

/** Options of every command. */
export interface GlobalArgs {
  readonly json: boolean;
}

type CamelCase<Name> = Name extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail> & string>}` : Name;

/** What a command adds its options to. */
export type Parser = Argv<GlobalArgs>;

/** What a handler is given: the values of its options, by their names in camel case. */
export type Values<Options> = { readonly [Name in keyof Options as CamelCase<Name> & PropertyKey]: Options[Name] };

/** What the handler of a command with this builder is given. */
export type ArgsOf<Builder extends (yargs: Parser, workspace: Workspace) => Argv<unknown>> =
  ReturnType<Builder> extends Argv<infer Options> ? Values<Options> : never;

/** A command, or a family of them, whatever its options. */
export interface Command {
  /** The word that it is called by. */
  readonly name: string;
  /** @param path the words before its own: those of the families that it belongs to. */
  readonly addTo: (yargs: Parser, workspace: Workspace, path?: readonly string[]) => Parser;
}

/** A command and what it does. */
export interface CommandDescription<Options> {
  /** Its word and its positional arguments: `pareto [run]`. */
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Parser, workspace: Workspace) => Argv<Options>;
  readonly handler: (args: Values<Options>, workspace: Workspace) => void | Promise<void>;
}

export function command<Options>({ command, describe, builder, handler }: CommandDescription<Options>): Command {
  const name = nameOf(command);
  return {
    name,
    addTo: (yargs, workspace, path = []) =>
      yargs.command(
        command,
        describe,
        (own: Parser) => builder(withExamples(own, [...path, name]), workspace),
        // yargs gives every option in camel case too.
        (args) => handler(args as unknown as Values<Options>, workspace),
      ),
  };
}

/** A command that only has commands of its own: `device <action>`. */
export function family({
  command,
  describe,
  commands,
}: Pick<CommandDescription<unknown>, "command" | "describe"> & { readonly commands: readonly Command[] }): Command {
  const name = nameOf(command);
  const builder = (own: Parser, workspace: Workspace, path: readonly string[]) =>
    commands.reduce((yargs, part) => part.addTo(yargs, workspace, path), withExamples(own, path)).demandCommand(1);
  return {
    name,
    addTo: (yargs, workspace, path = []) =>
      yargs.command(command, describe, (own: Parser) => builder(own, workspace, [...path, name]), refuseUnknownPart),
  };
}

const nameOf = (command: string) => command.split(" ", 1)[0] as string;

/** The help of a command shows its examples. */
function withExamples(yargs: Parser, path: readonly string[]): Parser {
  return (examples[path.join(" ")] ?? []).reduce((own, [line, does]) => own.example(`$0 ${line}`, does), yargs);
}
