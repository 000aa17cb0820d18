/** Ways in which a command may end other than well, each with its exit status in `run.ts`. */

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
