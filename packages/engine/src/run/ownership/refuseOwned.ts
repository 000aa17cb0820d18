/** Keeps two processes from working on one run. */
import { InputError, type Run } from "@archwright/core";
import { describeOwner, ownerState } from "./owner.ts";

/** What a message can say to a person whose command needs the run. */
export interface OwnedAdvice {
  /** Whether they said that a process which cannot be seen from here has ended. */
  readonly takeOver: boolean;
  /** What they may do instead of stopping that process; empty where there is nothing. */
  readonly otherwise: string;
  /** The command, to which `--take-over` can be added. */
  readonly command: string;
}

/** @throws InputError where another process works on the run, or may. */
export function refuseOwned({ id, owner }: Run, { takeOver, otherwise, command }: OwnedAdvice): void {
  const state = ownerState(owner);
  const own = state === "alive" && owner?.pid === process.pid;
  if (owner === undefined || own || state === "gone" || (takeOver && state === "unknown")) return;
  if (state === "alive") {
    throw new InputError(`run ${id} is being run by ${describeOwner(owner)}`, {
      expected: `a run that no process is working on; stop that one first${otherwise}`,
      suggestion: `kill ${owner.pid}`,
    });
  }
  throw new InputError(`run ${id} may still be run by ${describeOwner(owner)}, which cannot be seen from here`, {
    expected: "a run that no process is working on; take it over if that process has ended",
    suggestion: `${command} --take-over`,
  });
}
