/**
 * Coded errors. A failed candidate is data ({@link Failure}); bad input is an {@link InputError};
 * anything else that throws is a broken promise inside the code.
 */

/** Where in a user's file something stands; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** All that an {@link InputError} says beside the problem itself. */
export interface InputErrorDetails {
  readonly place?: Place | undefined;
  readonly expected?: string | undefined;
  /** What to write instead: text that can be typed as it stands, with no word of explanation and no placeholder. */
  readonly suggestion?: string | undefined;
  /** What to do where no text can be typed instead: a sentence. */
  readonly advice?: string | undefined;
}

/** What a user can mend: the message names the place, what was expected, what to write instead, and what else to do. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly place: Place | undefined;
  readonly expected: string | undefined;
  readonly suggestion: string | undefined;
  readonly advice: string | undefined;
  /** What is wrong, without place, expectation, suggestion and advice. */
  readonly problem: string;

  /** A plugin may bring a copy of this package: what that throws is meant as ours is. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "InputError" && "problem" in value;
  }

  constructor(problem: string, details: InputErrorDetails = {}) {
    super(
      [
        details.place ? `${formatPlace(details.place)}: ${problem}` : problem,
        details.expected === undefined ? undefined : `  expected: ${details.expected}`,
        details.suggestion === undefined ? undefined : `  write instead: ${details.suggestion}`,
        details.advice === undefined ? undefined : `  what to do: ${details.advice}`,
      ]
        .filter((line) => line !== undefined)
        .join("\n"),
    );
    this.problem = problem;
    this.place = details.place;
    this.expected = details.expected;
    this.suggestion = details.suggestion;
    this.advice = details.advice;
  }

  /** The same error, said of a place that the thrower did not know. A place already known stays. */
  at(place: Place): InputError {
    const { expected, suggestion, advice } = this;
    return new InputError(this.problem, { place: this.place ?? place, expected, suggestion, advice });
  }
}

/**
 * Something that the program needs gave out, such as room on a disk. No input is wrong: the same command works once there is more of it.
 * The message says what gave out, and what to do.
 */
export class ResourceError extends Error {
  override readonly name = "ResourceError";
}

/** `file:line:column`, as editors and compilers write it. */
export function formatPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}

/** An error as JSON shows it, on the command line with `--json` and over HTTP. Part of the contract of the command line. */
export interface ErrorJson<Code extends string> {
  readonly code: Code;
  readonly message: string;
  readonly where: { readonly file: string; readonly line: number | null; readonly column: number | null } | null;
  readonly expected: string | null;
  /** What to write instead: text that can be typed. */
  readonly suggestion: string | null;
  /** What else to do: a sentence. */
  readonly advice: string | null;
}

export function inputErrorJson<Code extends string>(code: Code, error: InputError): ErrorJson<Code> {
  const { problem, place, expected = null, suggestion = null, advice = null } = error;
  const where = place ? { file: place.file, line: place.line ?? null, column: place.column ?? null } : null;
  return { code, message: problem, where, expected, suggestion, advice };
}

/** An error of which there is nothing to say but what happened. */
export function bareErrorJson<Code extends string>(code: Code, message: string): ErrorJson<Code> {
  return { code, message, where: null, expected: null, suggestion: null, advice: null };
}

/** Why a candidate could not be evaluated. Codes are stable: they are stored and may be matched on. */
export const failureCodes = [
  /** The architecture does not yield a verifiable network. */
  "invalid-network",
  /** The child process ended without an answer. */
  "crash",
  /** The time limit was reached. */
  "timeout",
  /** The memory limit was reached. */
  "out-of-memory",
  /** The loss, or what a network gives with its trained weights, is not a finite number. */
  "not-finite",
  /** The runtime refused the network. */
  "runtime",
  /** A program of the user's own said something else than it should, or not what was waited for. */
  "bad-output",
  /** A table has no cell for this architecture; only in runs of older versions, which asked for such. */
  "unknown-architecture",
] as const;
export type FailureCode = (typeof failureCodes)[number];

export function isFailureCode(code: unknown): code is FailureCode {
  return (failureCodes as readonly unknown[]).includes(code);
}

/** A coded failure of one trial, never of the run. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
}

/** A {@link Failure} on its way: thrown where a candidate fails, turned into data by whoever runs trials. */
export class CandidateError extends Error implements Failure {
  override readonly name = "CandidateError";
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
