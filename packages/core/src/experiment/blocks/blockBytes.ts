/** Blocks of trials as bytes, as a store keeps them. */
import type { BlockColumn, TrialBlock } from "./trialBlock.ts";

/** What stands before the columns, as JSON: how many trials, and of each column its name and what its values are kept as. */
interface Header {
  readonly count: number;
  readonly columns: readonly HeaderColumn[];
}

/** `f64` and `u8`: a value for each trial. `same`: one value for all. `next`: the first value, and one more for each trial after it. */
type HeaderColumn =
  | readonly [name: string, kept: "f64" | "u8"]
  | readonly [name: string, kept: "same" | "next", of: "f64" | "u8", first: number];

/**
 * A length of the header (uint32), the header as JSON in UTF-8, and the columns one after another, each from a multiple of 8 on;
 * numbers are little-endian.
 */
export function blockToBytes({ count, columns }: TrialBlock): Uint8Array {
  const listed: HeaderColumn[] = [];
  const kept: BlockColumn[] = [];
  for (const [name, column] of columns) {
    const of = column instanceof Uint8Array ? "u8" : "f64";
    const first = column[0] ?? Number.NaN;
    // What is unknown for all of them is known to be so without a column.
    if (of === "f64" && column.every(Number.isNaN)) continue;
    if (rises(column, 0)) listed.push([name, "same", of, first]);
    else if (rises(column, 1)) listed.push([name, "next", of, first]);
    else {
      listed.push([name, of]);
      kept.push(column);
    }
  }
  const header = new TextEncoder().encode(JSON.stringify({ count, columns: listed } satisfies Header));
  const start = aligned(4 + header.length);
  const bytes = new Uint8Array(kept.reduce((sum, { byteLength }) => sum + aligned(byteLength), start));
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  let at = start;
  for (const column of kept) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += aligned(column.byteLength);
  }
  return bytes;
}

/** The block of {@link blockToBytes}. Its columns may look into these bytes. */
export function blockFromBytes(bytes: Uint8Array): TrialBlock {
  // A view of 64-bit numbers needs an offset that is a multiple of 8.
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const length = new DataView(buffer, byteOffset).getUint32(0, true);
  const { count, columns } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as Header;
  let at = byteOffset + aligned(4 + length);
  const read = ([, kept, of, first]: HeaderColumn): BlockColumn => {
    if (kept === "same" || kept === "next") {
      const column = of === "u8" ? new Uint8Array(count) : new Float64Array(count);
      const step = kept === "same" ? 0 : 1;
      for (let row = 0; row < count; row++) column[row] = (first as number) + step * row;
      return column;
    }
    const column = kept === "u8" ? new Uint8Array(buffer, at, count) : new Float64Array(buffer, at, count);
    at += aligned(column.byteLength);
    return column;
  };
  return { count, columns: new Map(columns.map((column) => [column[0], read(column)])) };
}

/** Whether each value is so much above the one before. */
function rises(column: BlockColumn, step: number): boolean {
  for (let row = 1; row < column.length; row++) {
    // Not the difference to the one before: adding it up again would round otherwise.
    if (column[row] !== (column[0] as number) + step * row) return false;
  }
  return column.length > 0 && !Number.isNaN(column[0]);
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8;
}
