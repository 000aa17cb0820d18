/** The part of the conformance suite of stores that is about blocks of numbers. */
import { expect, test } from "vitest";
import { packTrials, type Store, type TrialBlock } from "../experiment/index.ts";
import { exampleTrial, failedTrial, infeasibleTrial, examplePlan as plan } from "./examples/exampleTrials.ts";

/** @param current the store of the test that runs. */
export function blocksConformance(current: () => Store): void {
  test("hold the numbers of all that was written since any cursor, as they are now", () => {
    const store = current();
    const { id } = store.createRun(plan);
    const other = store.createRun(plan).id;
    const kinds = [exampleTrial, infeasibleTrial, failedTrial];
    const cursors = [0];
    let number = 0;
    for (let part = 0; part < 6; part++) {
      const count = [1, 700, 1300][part % 3] as number;
      const added = Array.from({ length: count }, (_, i) => (kinds[(number + i) % 3] ?? exampleTrial)(number + i));
      number += count;
      store.addTrials(id, added);
      store.addTrials(other, added.slice(0, 1));
      // Some that were written long ago, and some just now.
      for (const again of [part, number - 1, Math.floor(number / 2)]) {
        store.updateTrial(id, { ...exampleTrial(again), testScore: part, metrics: { recall: part } });
      }
      cursors.push(store.changes(id, { trials: cursors.at(-1) ?? 0, events: 0 }, 1e6).cursor.trials);
    }
    for (const cursor of cursors) {
      const found = new Map<number, Record<string, number>>();
      for (let since = cursor, more = true; more; ) {
        const read = store.blocks(id, since, 3);
        for (const block of read.blocks) for (const row of rowsOf(block)) found.set(row.number ?? Number.NaN, row);
        [since, more] = [read.cursor, read.more];
        if (!more) expect(since).toBe(cursors.at(-1));
      }
      const { trials } = store.changes(id, { trials: cursor, events: 0 }, 1e6);
      const expected = rowsOf(packTrials(trials, new Array(trials.length).fill(0)));
      expect(expected.filter((row) => !isSame(row, found.get(row.number ?? Number.NaN)))).toEqual([]);
      if (cursor === 0) expect(found.size).toBe(number);
    }
  });
}

/** The numbers of each trial of a block, without what is unknown and without when it was written. */
function rowsOf({ count, columns }: TrialBlock): Record<string, number>[] {
  return Array.from({ length: count }, (_, row) => {
    const known = [...columns].map(([name, column]) => [name, column[row] as number] as const);
    return Object.fromEntries(known.filter(([name, value]) => name !== "write" && !Number.isNaN(value) && value !== 0));
  });
}

/** The matcher takes seconds for ten thousand of them. */
function isSame(row: Record<string, number>, other: Record<string, number> = {}): boolean {
  return Object.keys({ ...row, ...other }).every((name) => row[name] === other[name]);
}
