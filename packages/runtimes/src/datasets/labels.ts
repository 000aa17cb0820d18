/** What the classes of a dataset are, where nobody has listed them: the labels that occur. */
import { InputError, type Place } from "@archwright/core/base";
import type { DatasetWarning } from "./dataset.ts";

/** How the labels of a dataset become classes. */
export interface FoundClasses {
  /** Names, in order of label. */
  readonly classes: readonly string[];
  /** From a label as it is written to its class. */
  readonly classOf: ReadonlyMap<string, number>;
  readonly warnings: readonly DatasetWarning[];
}

const LISTED = 20;

/** `a, b, c and 5 others`. */
export function listed(items: readonly string[], most = 10): string {
  if (items.length <= most) return items.join(", ");
  return `${items.slice(0, most).join(", ")} and ${items.length - most} others`;
}

/** `classes: [...]` as one types it, where it is short enough to be typed. */
function classesKey(labels: readonly string[]): string | undefined {
  return labels.length <= LISTED ? `classes: ${JSON.stringify(labels).replaceAll('","', '", "')}` : undefined;
}

/**
 * Classes of whole numbers: 0 … K − 1 as they are; where some are missing, those that occur, with a warning.
 * @throws InputError where most numbers up to the largest do not occur: that is seldom a label.
 */
export function classesOfNumbers(found: Iterable<number>, place: Place, advice: string): FoundClasses {
  const labels = [...new Set(found)].sort((a, b) => a - b);
  const names = labels.map(String);
  const first = Math.min(0, labels[0] ?? 0);
  const range = (labels.at(-1) ?? 0) - first + 1;
  const write = classesKey(names);
  const classOf = new Map(names.map((name, i) => [name, i]));
  if (range === labels.length || labels.length === 1) return { classes: names, classOf, warnings: [] };
  if (range > 2 * labels.length) {
    throw new InputError(`only ${labels.length} different labels occur (${listed(names, 5)}), and they go up to ${names.at(-1)}`, {
      place,
      expected: `labels numbered from 0 without large gaps, or 'classes' to list those that occur${advice}`,
      suggestion: write,
    });
  }
  const missing = Array.from({ length: range }, (_, i) => String(first + i)).filter((name) => !classOf.has(name));
  const one = missing.length === 1;
  const problem = `no image has the label${one ? "" : "s"} ${listed(missing)}; the ${labels.length} labels that occur (${names[0]} to ${names.at(-1)}) are the classes`;
  return { classes: names, classOf, warnings: [{ problem, place, ...(write === undefined ? {} : { write }) }] };
}
