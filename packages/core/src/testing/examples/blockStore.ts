/** The part of a store that followers of a run read, in memory, for tests of these. */
import { blockFromBytes, blockToBytes, packTrials, type RunBlocks, type Store, type Trial } from "../../experiment/index.ts";

/** Each write becomes a block; one answer holds two of them. The blocks go through their bytes, as in a file. */
export function createBlockStore() {
  const trials = new Map<number, Trial>();
  const blocks: { readonly bytes: Uint8Array; readonly until: number }[] = [];
  let writes = 0;
  const store: Pick<Store, "blocks" | "trial" | "trials"> = {
    blocks(_, since = 0): RunBlocks {
      const left = blocks.filter(({ until }) => until > since);
      const read = left.slice(0, 2);
      return {
        blocks: read.map(({ bytes }) => blockFromBytes(bytes)),
        cursor: read.at(-1)?.until ?? since,
        more: left.length > read.length,
      };
    },
    trial: (_, number) => trials.get(number),
    trials: () => [...trials.values()].sort((a, b) => a.number - b.number),
  };
  return {
    store,
    write(written: readonly Trial[]): void {
      for (const trial of written) trials.set(trial.number, trial);
      const first = writes + 1;
      writes += written.length;
      const numbers = written.map((_, i) => first + i);
      if (written.length > 0) blocks.push({ bytes: blockToBytes(packTrials(written, numbers)), until: writes });
    },
  };
}
