/** Text files as people's programs write them: bytes to text in UTF-8 or UTF-16, and which separator a table uses. */

import { InputError } from "./errors.ts";
import { item } from "./matrix.ts";
import { formatQuantity } from "./quantity.ts";

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** Bytes decoded at once; even, so that UTF-16 is cut between its units. */
const PIECE_BYTES = 1 << 20;
/** How much is looked at to tell what kind of file it is. */
const SAMPLE_BYTES = 1024;

const startsWith = (bytes: Uint8Array, ...start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);

/** By the byte order mark, or by the zero in every second byte that ASCII has in UTF-16. @throws InputError for what is no text */
function encodingOf(bytes: Uint8Array, file: string): Encoding {
  const refuse = (problem: string) => {
    throw new InputError(problem, { place: { file }, expected: "text in UTF-8 or UTF-16" });
  };
  if (startsWith(bytes, 0x50, 0x4b, 3, 4)) refuse("this is a ZIP file or a spreadsheet, not text; unpack it, or save the sheet as CSV");
  if (startsWith(bytes, 0x1f, 0x8b)) refuse("this is a gzip file, not text");
  if (startsWith(bytes, 0xff, 0xfe, 0, 0) || startsWith(bytes, 0, 0, 0xfe, 0xff)) refuse("the text is in UTF-32");
  if (startsWith(bytes, 0xff, 0xfe)) return "utf-16le";
  if (startsWith(bytes, 0xfe, 0xff)) return "utf-16be";
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  sample.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = item(zeros, i % 2) + 1;
  });
  const [even, odd] = zeros as [number, number];
  const most = sample.length / 4;
  if (odd > most && even === 0) return "utf-16le";
  if (even > most && odd === 0) return "utf-16be";
  if (even + odd > 0) refuse("the file is not text: it has bytes that are zero");
  return "utf-8";
}

/** Where the text stops being UTF-8. The search is by halves: only errors ask. */
function damage(bytes: Uint8Array, file: string): InputError {
  const valid = (length: number) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (valid(middle)) good = middle;
    else bad = middle;
  }
  const line = bytes.subarray(0, good).reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 1);
  return new InputError("the text is not UTF-8; the file may be in Windows-1252 (Latin 1)", {
    place: { file, line },
    expected: "text in UTF-8 or UTF-16; this makes UTF-8 of Windows-1252",
    suggestion: `iconv -f WINDOWS-1252 -t UTF-8 '${file}' > utf8.csv`,
  });
}

/**
 * The text of a file, piece by piece, without its byte order mark. UTF-16 is recognised by its mark or its zero bytes.
 * @throws InputError where it is not text, or not in UTF-8 or UTF-16.
 */
export function* decodePieces(bytes: Uint8Array, file: string): Generator<string> {
  const encoding = encodingOf(bytes, file);
  // A decoder takes the byte order mark away.
  const decoder = new TextDecoder(encoding, { fatal: true });
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    let piece: string;
    try {
      piece = decoder.decode(bytes.subarray(start, start + PIECE_BYTES), { stream: start + PIECE_BYTES < bytes.length });
    } catch {
      if (encoding === "utf-8") throw damage(bytes, file);
      throw new InputError("the text is damaged UTF-16", { place: { file }, expected: "text in UTF-8 or UTF-16" });
    }
    yield piece;
  }
}

/** The whole text of a file. @throws InputError as {@link decodePieces}, and where it is too long for one text. */
export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return [...decodePieces(bytes, file)].join("");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(`the file is too long: ${formatQuantity(bytes.length, "memory")}`, {
      place: { file },
      expected: "at most 500 MB of text",
    });
  }
}

export const separators = { ",": "commas", ";": "semicolons", "\t": "tabs" } as const;
export type Separator = keyof typeof separators;

/** What separates the fields of a table: the most frequent of the known separators in its first line, quoted ones not counted. */
export function guessSeparator(text: string): Separator {
  const line = /\S.*/.exec(text)?.[0].replace(/"[^"]*"/g, "") ?? "";
  const count = (separator: Separator) => line.split(separator).length - 1;
  return (Object.keys(separators) as Separator[]).reduce((best, next) => (count(next) > count(best) ? next : best));
}
