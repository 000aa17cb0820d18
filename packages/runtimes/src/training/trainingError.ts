import type { FailureCode } from "@archwright/core/base";

/** A training that failed because of the network or its settings; data to a search. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
