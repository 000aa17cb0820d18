/** Ways in which a command may end other than well, each with its exit status in `run.ts`. */

/** The user stopped a run (Ctrl-C, SIGTERM). What is stored stays, and the run can be resumed. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The command did what it could and has nothing to show for it; the message says why, and no stack trace would say more. */
export class Failed extends Error {
  override readonly name = "Failed";
}
