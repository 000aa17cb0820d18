/** The classes of a dataset as those of a model. */
import { InputError, intAt } from "@archwright/core/base";

/** Labels by which a model is judged, and what its classes are called. */
export interface MatchedLabels {
  /** Names, in order of the model's outputs. */
  readonly classes: readonly string[];
  /** [images], positions among the model's outputs. */
  readonly labels: Int32Array;
}

const LISTED = 8;
const listed = (names: readonly string[]) =>
  `${names.slice(0, LISTED).join(", ")}${names.length > LISTED ? ` and ${names.length - LISTED} more` : ""}`;

/**
 * Matches the classes by name where the model names its own: then the dataset may have them in another order, and lack some. Else
 * they are the same by position.
 * @param outputs how many classes the model has.
 * @throws InputError where a class of the dataset is none of the model's, or there are another number of them.
 */
export function matchLabels(
  { classes, labels }: { readonly classes: readonly string[]; readonly labels: Int32Array },
  named: readonly string[] | undefined,
  outputs: number,
): MatchedLabels {
  if (named === undefined) {
    if (outputs === classes.length) return { classes, labels };
    throw new InputError(`the model has ${outputs} classes, and the dataset has ${classes.length}: ${listed(classes)}`, {
      expected: "the classes of the model in the order of its outputs",
      advice: "list all of them as the dataset's 'classes', in that order, or use the dataset that the model was trained with",
    });
  }
  const positions = new Map(named.map((name, position) => [name, position]));
  const unknown = classes.filter((name) => !positions.has(name));
  if (unknown.length > 0) {
    throw new InputError(`the dataset has classes that the model does not know: ${listed(unknown)}`, {
      expected: `classes of the model: ${listed(named)}`,
      advice: "name the dataset's classes as the model's, or leave out images of others",
    });
  }
  const target = Int32Array.from(classes, (name) => positions.get(name) as number);
  return { classes: named, labels: labels.map((label) => intAt(target, label)) };
}
