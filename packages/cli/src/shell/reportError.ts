/** How a command's end is told: its exit status, the message on stderr and, with `--json`, the error on stdout. */
import { bareErrorJson, type ErrorJson, InputError, inputErrorJson, ResourceError } from "@archwright/core";
import { printJson } from "../output/render.ts";
import { Failed, Flawed, Interrupted, Told, UsageError } from "./commandErrors.ts";
import { asTyped } from "./invocation.ts";
import { outsideCause } from "./outsideCause.ts";

/** Exit status of the contract. */
export const EXIT = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/**
 * An error as JSON shows it: `usage` (the command line), `bad-input` (what it names), `failed`, `interrupted`, `system` (refused by
 * disk, permission or store), or `internal` (a fault of the program).
 */
export type ErrorView = ErrorJson<"usage" | "bad-input" | "failed" | "interrupted" | "system" | "internal">;

/** Says why the command did not end well, and gives its exit status. */
export function reportError(thrown: unknown, json: boolean): number {
  const error = thrown instanceof Told ? thrown.error : thrown;
  const { view, text } = explain(error instanceof Flawed ? error.complaint : error);
  if (!(thrown instanceof Told)) process.stderr.write(`${asTyped(text)}\n`);
  if (json) printJson({ ...(error instanceof Flawed ? error.result : {}), error: typed(view) });
  if (view.code === "interrupted") return EXIT.interrupted;
  return view.code === "usage" || view.code === "bad-input" ? EXIT.badInput : EXIT.failed;
}

interface Explained {
  readonly view: ErrorView;
  readonly text: string;
}

function explain(error: unknown): Explained {
  if (error instanceof UsageError) return explainInput("usage", error.complaint);
  if (error instanceof InputError) return explainInput("bad-input", error);
  if (error instanceof Interrupted) return { view: bareErrorJson("interrupted", error.message), text: error.message };
  if (error instanceof Failed) return { view: bareErrorJson("failed", error.message), text: `archwright: ${error.message}` };
  if (error instanceof ResourceError) return { view: bareErrorJson("system", error.message), text: `archwright: ${error.message}` };
  const outside = outsideCause(error);
  if (outside !== undefined) return { view: bareErrorJson("system", outside), text: `archwright: ${outside}` };
  return explainFault(error);
}

function explainInput(code: "usage" | "bad-input", error: InputError): Explained {
  return { view: inputErrorJson(code, error), text: `archwright: ${error.message}` };
}

/** One line for people; the stack is for whoever mends the program. */
function explainFault(error: unknown): Explained {
  const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const message = `an error that is a fault of this program: ${name.replace(/\s+/g, " ").slice(0, 300)}`;
  const stack = process.env.ARCHWRIGHT_DEBUG && error instanceof Error ? `\n${error.stack}` : "";
  const text = `archwright: ${message}; please report it with the command, its files, and what it prints with ARCHWRIGHT_DEBUG=1${stack}`;
  return { view: bareErrorJson("internal", message), text };
}

/** The view with commands that can be copied. */
function typed(view: ErrorView): ErrorView {
  const text = <T extends string | null>(written: T) => (written === null ? written : (asTyped(written) as T));
  return {
    ...view,
    message: text(view.message),
    expected: text(view.expected),
    suggestion: text(view.suggestion),
    advice: text(view.advice),
  };
}
