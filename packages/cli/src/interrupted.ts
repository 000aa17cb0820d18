/** The user stopped a run (Ctrl-C, SIGTERM). What is stored stays, and the run can be resumed. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
