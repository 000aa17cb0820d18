/** The cells of a CSV row, and what to say of one that is not what was expected. */
import { guessSeparator, InputError, type Place, separators } from "../../base/index.ts";

/** The cells of a row with quotes; nothing where the quotes are wrong. */
export function splitCells(record: string): readonly string[] | undefined {
  const cells: string[] = [];
  const cell = /\s*"((?:[^"]|"")*)"\s*(,|$)|([^",]*)(,|$)/y;
  for (;;) {
    const match = cell.exec(record);
    if (!match) return undefined;
    cells.push(match[1]?.replaceAll('""', '"') ?? (match[3] as string));
    if ((match[2] ?? match[4]) === "") return cells;
  }
}

/** Whether a header is separated by something else than commas, and how it would be written. */
export function wrongSeparator(header: string): { readonly problem: string; readonly suggestion: string } | undefined {
  const separator = guessSeparator(header);
  if (separator === ",") return undefined;
  const names = header.split(separator).map((name) => name.trim());
  return { problem: `the cells are separated by ${separators[separator]}`, suggestion: names.join(",") };
}

/** What is wrong with a cell that is no number, and what to write. */
export function notANumber(cell: string, column: string, place: Place): InputError {
  const decimalComma = /^[-+]?\d*,\d+$/.test(cell);
  const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?=\s*[a-zµ%]+$)/i.exec(cell)?.[0];
  const unknown = /^(?:[-+]?(?:nan|inf|infinity)|n\/?a|none|null|nil|[-?.]+|unknown)$/i.test(cell);
  const expected = decimalComma
    ? "a decimal point"
    : number !== undefined && !/^0x/i.test(cell)
      ? "the number alone, without a unit"
      : unknown
        ? "an empty cell for what is unknown"
        : "a finite number, or an empty cell for what is unknown";
  return new InputError(`'${cell}' in column '${column}' is not a number`, {
    place,
    expected,
    suggestion: decimalComma ? cell.replace(",", ".") : /^0x/i.test(cell) ? undefined : number,
  });
}
