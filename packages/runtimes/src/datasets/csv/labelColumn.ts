/** The label column of a CSV: where it is, and which classes its cells stand for. */
import { InputError, item, nearestSpelling, type Place } from "@archwright/core/base";
import type { DatasetWarning } from "../dataset.ts";
import { classesOfNumbers, type FoundClasses, listed } from "../labels.ts";
import { neededPerClass } from "../splits.ts";
import type { CsvSpec } from "./csvSpec.ts";

/** A label as it is written: how often, and where first. */
export interface LabelCell {
  count: number;
  readonly place: Place;
}

const labelName = /^(label|labels|class|class_?(id|name)|target|category|y)$/i;
const pixelName = /^(pixel|px|p|x|v|f|feature)?[ _.-]?\d+([x_]\d+)*$/i;

/** Position of the label column. @throws InputError where there is none of this name or number, or another is plainly meant. */
export function findLabelColumn(spec: CsvSpec, columns: number, header: readonly string[] | undefined, line: number): number {
  const wanted = spec.label_column;
  const place = { file: spec.file, line };
  const index = columnIndex(wanted, columns, header, place);
  const named = header?.filter((name) => labelName.test(name)) ?? [];
  if (header && named.length === 1 && pixelName.test(item(header, index))) {
    throw new InputError(`label_column names '${header[index]}', which looks like a pixel`, {
      place,
      expected: "the column that holds the label",
      suggestion: `label_column: ${named[0]}`,
    });
  }
  return index;
}

function columnIndex(wanted: CsvSpec["label_column"], columns: number, header: readonly string[] | undefined, place: Place): number {
  if (wanted === "first" || wanted === "last") return wanted === "first" ? 0 : columns - 1;
  if (typeof wanted === "number") {
    if (wanted < columns) return wanted;
    throw new InputError(`there is no column ${wanted}`, { place, expected: `a label_column from 0 to ${columns - 1}` });
  }
  const index = header?.indexOf(wanted) ?? -1;
  if (index >= 0) return index;
  const near = nearestSpelling(wanted, header ?? []);
  throw new InputError(`there is no column '${wanted}'`, {
    place,
    expected: header === undefined ? "a header row (header: true)" : "label_column to be a name from the header row",
    suggestion: near === undefined ? undefined : `label_column: ${near}`,
  });
}

const isNumber = (text: string) => text !== "" && Number.isFinite(Number(text));
const isWhole = (text: string) => isNumber(text) && Number.isInteger(Number(text));

/**
 * The classes that the cells of a label column stand for: listed ones by name or number; whole numbers by their value; else
 * every text that occurs is a class, in order of character code.
 * @throws InputError for cells that are no label of these.
 */
export function classesOfCells(cells: ReadonlyMap<string, LabelCell>, spec: CsvSpec): FoundClasses {
  if (spec.classes !== undefined) return listedClasses(cells, spec.classes);
  const texts = [...cells.keys()];
  const place = { file: spec.file };
  const refuse = (text: string, problem: string, expected: string): never => {
    throw new InputError(problem, { place: cells.get(text)?.place, expected });
  };
  if (texts.every(isWhole)) {
    const { classes, warnings } = classesOfNumbers(texts.map(Number), place, ", or another label_column");
    const byName = new Map(classes.map((name, i) => [name, i]));
    const classOf = new Map(texts.map((text) => [text, byName.get(String(Number(text))) as number]));
    return { classes, classOf, warnings: [...warnings, ...likePixels(cells, spec)] };
  }
  if (texts.every(isNumber)) {
    const real = texts.find((text) => !isWhole(text)) as string;
    refuse(real, `the label is '${real}', a real number`, "whole numbers or names; does label_column point at a pixel?");
  }
  const needed = neededPerClass(spec);
  const rare = texts.find((text) => !isNumber(text) && (cells.get(text)?.count ?? 0) < needed);
  if (rare !== undefined && texts.some(isNumber)) {
    refuse(rare, `the label is '${rare}'`, "a whole number from 0 to 65535, as in the other rows");
  }
  const classes = texts.sort((a, b) => (a < b ? -1 : 1));
  return { classes, classOf: new Map(classes.map((name, i) => [name, i])), warnings: [] };
}

function listedClasses(cells: ReadonlyMap<string, LabelCell>, classes: readonly string[]): FoundClasses {
  const byName = new Map(classes.map((name, i) => [name, i]));
  const classOf = new Map<string, number>();
  for (const [text, { place }] of cells) {
    const label = byName.get(text) ?? (/^\d+$/.test(text) && Number(text) < classes.length ? Number(text) : undefined);
    if (label === undefined) {
      throw new InputError(`the label is '${text}'`, {
        place,
        expected: `one of ${listed(classes, 20)}, or a whole number from 0 to ${classes.length - 1}`,
        suggestion: nearestSpelling(text, classes),
      });
    }
    classOf.set(text, label);
  }
  return { classes, classOf, warnings: [] };
}

/** Pixels have many values, a few of which are far more frequent than the others; labels hardly ever have. */
function likePixels(cells: ReadonlyMap<string, LabelCell>, { file, scale, label_column }: CsvSpec): readonly DatasetWarning[] {
  const counts = [...cells.values()].map(({ count }) => count).sort((a, b) => a - b);
  const median = counts[counts.length >> 1] ?? 0;
  const largest = Math.max(...[...cells.keys()].map(Number));
  if (cells.size < 50 || largest > scale || (counts.at(-1) ?? 0) < 10 * median) return [];
  const problem = `column '${label_column}' has ${cells.size} different whole numbers up to ${largest}, a few of them far more often than the others, as pixels have: does label_column point at a pixel?`;
  return [{ problem, place: { file } }];
}
