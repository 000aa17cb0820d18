/** How errors are answered: a status, and the JSON that the command line gives for the same error. */
import { bareErrorJson, type ErrorJson, InputError, inputErrorJson, ResourceError } from "@archwright/core/base";
import { describeSystemError, isSystemErrorCode } from "@archwright/engine";
import type { ErrorAnswer, errorCodes } from "./contract/index.ts";

type ErrorCode = (typeof errorCodes)[number];

/** Statuses of errors. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 500 | 503 | 507;

/** A request that is refused for a reason of HTTP. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: ErrorStatus;
  readonly answer: ErrorAnswer;

  constructor(
    status: ErrorStatus,
    code: ErrorCode,
    message: string,
    details: Partial<Omit<ErrorJson<ErrorCode>, "code" | "message">> = {},
  ) {
    super(message);
    this.status = status;
    this.answer = { error: { ...bareErrorJson(code, message), ...details } };
  }
}

/** Looks something up that a path names. @throws HttpError 404 in place of an InputError. */
export function found<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { code: _, message, ...details } = inputErrorJson("not-found", error);
    throw new HttpError(404, "not-found", message, details);
  }
}

/** What an error of any kind is answered with. */
export function errorAnswer(error: unknown): { readonly status: ErrorStatus; readonly answer: ErrorAnswer } {
  if (error instanceof HttpError) return { status: error.status, answer: shortened(error.answer) };
  if (error instanceof InputError) return { status: 400, answer: shortened({ error: inputErrorJson("bad-input", error) }) };
  if (error instanceof ResourceError) return { status: 507, answer: { error: bareErrorJson("system", error.message) } };
  const { code, message = String(error) } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code === "string" && code.startsWith("SQLITE_")) {
    return { status: 503, answer: { error: bareErrorJson("system", `the store cannot be used (${code}: ${message})`) } };
  }
  if (error instanceof Error && code !== undefined && isSystemErrorCode(code)) {
    return { status: 503, answer: { error: bareErrorJson("system", `a file could not be used ${describeSystemError(error)}`) } };
  }
  const told = `an error that is a fault of this program: ${message.replace(/\s+/g, " ").slice(0, 300)}`;
  return { status: 500, answer: { error: bareErrorJson("internal", told) } };
}

/** What was sent may stand in a message, however long it was. */
const LONGEST = 2_000;

function shortened({ error }: ErrorAnswer): ErrorAnswer {
  const short = <T extends string | null>(text: T) => (text !== null && text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  const { message, expected, suggestion, advice } = error;
  return { error: { ...error, message: short(message), expected: short(expected), suggestion: short(suggestion), advice: short(advice) } };
}
