/** The classes of a dataset as those of a model. */
import { InputError, intAt } from "@archwright/core/base";
import { listed } from "../datasets/labels.ts";

/** Labels by which a model is judged, and what its classes are called. */
export interface MatchedLabels {
  /** Names, in order of the model's outputs. */
  readonly classes: readonly string[];
  /** [images], positions among the model's outputs. */
  readonly labels: Int32Array;
}

const LISTED = 8;
/**
 * Matches the classes by name where the model names its own: then the dataset may have them in another order, and lack some. Else
 * they are the same by position.
 * @throws InputError where a class of the dataset is none of the model's.
 */
export function matchLabels(
  { classes, labels }: { readonly classes: readonly string[]; readonly labels: Int32Array },
  named: readonly string[] = classes,
): MatchedLabels {
  const positions = new Map(named.map((name, position) => [name, position]));
  const unknown = classes.filter((name) => !positions.has(name));
  if (unknown.length > 0) {
    throw new InputError(`the dataset has classes that the model does not know: ${listed(unknown, LISTED)}`, {
      expected: `classes of the model: ${listed(named, LISTED)}`,
      advice: "name the dataset's classes as the model's, or leave out images of others",
    });
  }
  const target = Int32Array.from(classes, (name) => positions.get(name) as number);
  return { classes: named, labels: labels.map((label) => intAt(target, label)) };
}
