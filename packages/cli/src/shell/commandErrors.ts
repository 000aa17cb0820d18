/** Ways in which a command may end other than well, each with its exit status in `reportError.ts`. */
import type { InputError } from "@archwright/core";

/** The user stopped a run (Ctrl-C, SIGTERM). What is stored stays, and the run can be resumed. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The command did what it could and has nothing to show for it; the message says why, and no stack trace would say more. */
export class Failed extends Error {
  override readonly name = "Failed";
}

/** Of a command that has told of its error on stderr already, in a form of its own. */
export class Told extends Error {
  override readonly name = "Told";
  readonly error: unknown;

  constructor(error: unknown) {
    super(error instanceof Error ? error.message : String(error));
    this.error = error;
  }
}

/** The command has a result, and one to complain of: with `--json` both stand in the one document. */
export class Flawed extends Error {
  override readonly name = "Flawed";
  readonly result: object;
  readonly complaint: InputError | Failed;

  constructor(result: object, complaint: InputError | Failed) {
    super(complaint.message);
    this.result = result;
    this.complaint = complaint;
  }
}

/** What the command line itself has wrong, as opposed to a file that it names. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly complaint: InputError;

  constructor(complaint: InputError) {
    super(complaint.message);
    this.complaint = complaint;
  }
}
