/** Room on the disk that a store holds while a run goes on, so that its end can still be stored on a full one. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";

/** More than a run's last words take: its row, with the experiment, and an event. */
const reservedBytes = 128 * 1024;

/** Room on the disk of a store, held while a run is going on, so that it can be stored how the run ended where the disk is full. */
export interface Reserve {
  hold(): void;
  /** Gives the room back. @returns whether there was any. */
  release(): boolean;
}

export function createReserve(file: string): Reserve {
  let descriptor: number | undefined;
  return {
    hold() {
      if (descriptor !== undefined || file === ":memory:") return;
      const name = `${file}-reserve-${process.pid}`;
      try {
        descriptor = openSync(name, "w");
        // Without a name it holds its room until it is closed, which the end of the process does too. Windows keeps the name until then.
        rmSync(name, { force: true });
        // Random, because some file systems keep zeros in no room at all.
        writeSync(descriptor, randomBytes(reservedBytes));
      } catch {
        // It is full already: what cannot be held cannot be given back.
      }
    },
    release() {
      if (descriptor === undefined) return false;
      closeSync(descriptor);
      descriptor = undefined;
      return true;
    },
  };
}
