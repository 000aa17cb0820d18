/** Reads images from a CSV. */
import { InputError, item, type Place, separators } from "@archwright/core/base";
import { readBytes } from "../files.ts";
import { type ImageSource, pickImages } from "../source.ts";
import type { CsvSpec } from "./csvSpec.ts";
import { classesOfCells, findLabelColumn, type LabelCell } from "./labelColumn.ts";
import { createPixelStore } from "./pixelStore.ts";
import { characterColumn, readRows } from "./rows.ts";

/** Reads a CSV of one image a row. @throws InputError with line and column. */
export async function readCsvDataset(spec: CsvSpec): Promise<ImageSource> {
  const { file, scale } = spec;
  const [channels, height, width] = spec.shape;
  const pixelCount = channels * height * width;
  const bytes = await readBytes(file, `a CSV file with ${pixelCount} pixels and a label a row, plain or gzip`);
  const { separator, rows } = readRows(bytes, file);
  const hasHeader = spec.header ?? !(typeof spec.label_column === "number" || ["first", "last"].includes(spec.label_column));

  let header: readonly string[] | undefined;
  let labelColumn: number | undefined;
  const pixels = createPixelStore(pixelCount * 1024);
  const cells = new Map<string, LabelCell>();
  const written: string[] = [];
  const lines: number[] = [];

  for await (const { record, info } of rows) {
    const line = info.lines;
    if (record.length !== pixelCount + 1) {
      const alone = record.length === 1;
      throw new InputError(
        alone ? `the row has 1 field, if ${separators[separator]} separate them` : `the row has ${record.length} fields`,
        {
          place: { file, line },
          expected: `${pixelCount + 1}: ${channels} × ${height} × ${width} pixels and a label${alone ? ", separated by commas, semicolons or tabs" : ""}`,
        },
      );
    }
    if (hasHeader && header === undefined) {
      header = record;
      continue;
    }
    labelColumn ??= findLabelColumn(spec, record.length, header, header === undefined ? line : 1);
    const placeOf = (field: number): Place => {
      const column = characterColumn(bytes, file, line, field);
      return column === undefined ? { file, line } : { file, line, column };
    };
    const label = item(record, labelColumn);
    const cell = cells.get(label);
    if (cell) cell.count++;
    else {
      if (label === "")
        throw new InputError(`the label in field ${labelColumn + 1} is empty`, { place: placeOf(labelColumn), expected: "a label" });
      cells.set(label, { count: 1, place: { file, line } });
    }
    for (let field = 0; field < record.length; field++) {
      if (field === labelColumn) continue;
      const text = item(record, field);
      const pixel = text === "" ? Number.NaN : Number(text);
      if (!(pixel >= 0 && pixel <= scale)) {
        const noNumbers = written.length === 0 && header === undefined && record.filter((text) => Number.isNaN(Number(text))).length > 1;
        throw new InputError(`the pixel in field ${field + 1} is ${text === "" ? "empty" : `'${text}'`}`, {
          place: placeOf(field),
          expected: `a number from 0 to ${scale} (the dataset's scale)`,
          suggestion: noNumbers ? "header: true" : undefined,
        });
      }
      pixels.push(pixel);
    }
    written.push(label);
    lines.push(line);
  }
  if (written.length === 0) throw new InputError("the file has no images", { place: { file }, expected: "one image a row" });
  const { classes, classOf, warnings } = withColumn(() => classesOfCells(cells, spec), bytes, labelColumn as number);
  const { values } = pixels;
  return {
    file,
    classes,
    labels: Int32Array.from(written, (label) => classOf.get(label) as number),
    own: {},
    channels,
    height,
    width,
    scale,
    bytesPerPixel: values instanceof Uint8Array ? 1 : 4,
    readingBytes: bytes.length + values.byteLength,
    warnings: [
      ...(separator === "," ? [] : [{ problem: `the fields are separated by ${separators[separator]}`, place: { file } }]),
      ...warnings,
    ],
    hint: `different labels: ${cells.size}, in rows: ${written.length}; label_column may point at a pixel`,
    nameOf: (image) => `line ${lines[image]}`,
    read: async (images) => ({ values: pickImages(values, pixelCount, images), kept: images.map((_, i) => i) }),
  };
}

/** Adds the label's column to what is wrong with a label: only errors need it. */
function withColumn<T>(read: () => T, bytes: Uint8Array, field: number): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError) || error.place?.line === undefined) throw error;
    const { file, line } = error.place;
    const column = characterColumn(bytes, file, line, field);
    const problem = error.problem.replace("the label is", `the label in field ${field + 1} is`);
    throw new InputError(problem, { ...error, place: { file, line, ...(column === undefined ? {} : { column }) } });
  }
}
