/** Keeps the numbers of a store's trials as columns: a block for each thousand writes of a run, and the rest from the trials themselves. */
import { blockFromBytes, blockToBytes, packTrials, type RunBlocks, type Trial } from "@archwright/core/experiment";
import type { Connection } from "./file.ts";

/** Writes of a run in one block. More makes reading no faster, and leaves more trials that have no block yet. */
const blockLength = 1024;

const blocksAtOnce = 64;

/** Trials in the order of their last write, with its number. */
export interface Written {
  readonly trials: readonly Trial[];
  readonly writes: readonly number[];
}

export interface BlockKeeper {
  /**
   * To be told of each trial that was written, in order, inside the transaction that writes it; makes a block once there is enough.
   * @param run its key.
   */
  written(run: number, trial: Trial, write: number): void;
  /** To be called where a transaction failed: what was told in it was not written. */
  forget(): void;
  read(run: number, since: number, limit?: number): RunBlocks;
}

/** What was written since the last block that this process knows of, so that it need not be read again. */
interface Pending {
  /** The write before the first. */
  readonly after: number;
  /** In order of writing, the number of each write one above that of the one before. */
  readonly trials: Trial[];
}

/** @param since the trials whose last write is above a number, at most so many, in order of it. */
export function createBlockKeeper(connection: Connection, since: (run: number, write: number, limit: number) => Written): BlockKeeper {
  const add = connection.prepare("INSERT INTO trial_blocks (run, until, block) VALUES (?, ?, ?)");
  const lastUntil = connection.prepare("SELECT max(until) AS until FROM trial_blocks WHERE run = ?");
  const blocksSince = connection.prepare("SELECT until, block FROM trial_blocks WHERE run = ? AND until > ? ORDER BY until LIMIT ?");
  const pending = new Map<number, Pending>();

  function cover(run: number, until: number): void {
    const [row] = lastUntil.all(run) as { until: number | null }[];
    const covered = row?.until ?? 0;
    const own = pending.get(run);
    pending.delete(run);
    if (own?.after === covered) {
      const { trials, writes } = lastOfEach(own);
      add.run(run, until, blockToBytes(packTrials(trials, writes)));
      return;
    }
    // Written by another process, by a version that made no blocks, or before this one began.
    for (let from = covered; from < until; ) {
      const { trials, writes } = since(run, from, blockLength);
      from = trials.length < blockLength ? until : (writes.at(-1) as number);
      if (trials.length > 0) add.run(run, from, blockToBytes(packTrials(trials, writes)));
    }
  }

  return {
    written(run, trial, write) {
      let own = pending.get(run);
      if (own === undefined || own.after + own.trials.length !== write - 1) {
        own = { after: write - 1, trials: [] };
        pending.set(run, own);
      }
      own.trials.push(trial);
      if (write % blockLength === 0) cover(run, write);
    },
    forget: () => pending.clear(),
    read(run, from, limit = blocksAtOnce) {
      const rows = blocksSince.all(run, from, limit) as { until: number; block: ArrayBuffer | Uint8Array }[];
      const last = rows.at(-1);
      if (last !== undefined) {
        const blocks = rows.map(({ block }) => blockFromBytes(block instanceof Uint8Array ? block : new Uint8Array(block)));
        return { blocks, cursor: last.until, more: true };
      }
      const { trials, writes } = since(run, from, blockLength);
      const blocks = trials.length === 0 ? [] : [packTrials(trials, writes)];
      return { blocks, cursor: writes.at(-1) ?? from, more: trials.length === blockLength };
    },
  };
}

/** Each trial as it was written last. */
function lastOfEach({ after, trials }: Pending): Written {
  const writes = trials.map((_, i) => after + 1 + i);
  const last = new Map(trials.map(({ number }, i) => [number, i]));
  if (last.size === trials.length) return { trials, writes };
  const isLast = (i: number) => last.get(trials[i]?.number ?? -1) === i;
  return { trials: trials.filter((_, i) => isLast(i)), writes: writes.filter((_, i) => isLast(i)) };
}
