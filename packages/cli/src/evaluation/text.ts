/** An evaluation for the terminal. */
import { confusionMatrix } from "@archwright/core";
import { harmless, lineWidth, renderTable } from "../output/render.ts";
import { type Evaluated, nameOfOrigin } from "./evaluated.ts";
import {
  classTable,
  confusionTable,
  describeCalibration,
  describeImages,
  mistakeTable,
  reliabilityTable,
  scoreTable,
  type TextTable,
} from "./wording.ts";

const mostClasses = 20;
const mostConfusions = 15;
const longestName = 12;

const table = ({ head, rows }: TextTable, texts: readonly number[] = [0]) => renderTable(head, rows, (column) => !texts.includes(column));

export function renderEvaluation(evaluated: Evaluated): string {
  const { classes, evaluation } = evaluated;
  const mistakes = evaluation.mistakes.length;
  const shown = Math.min(mistakes, evaluated.worst);
  const many = classes.length > mostClasses;
  return harmless(
    [
      nameOfOrigin(evaluated.origin),
      describeImages(evaluated),
      "",
      table(scoreTable(evaluated)),
      "",
      many ? `the ${mostClasses} of ${classes.length} classes with the lowest recall` : "classes",
      table(classTable(evaluated, mostClasses)),
      "",
      ...(mistakes === 0 ? [] : [renderConfusions(evaluated), ""]),
      describeCalibration(evaluated),
      table(reliabilityTable(evaluated)),
      ...(shown === 0 ? [] : ["", `the most confident of ${mistakes} mistakes`, table(mistakeTable(evaluated), [1, 2, 3])]),
    ].join("\n"),
  );
}

/** The matrix where it can be read, else what was mistaken most often. */
function renderConfusions(evaluated: Evaluated): string {
  const { classes, evaluation } = evaluated;
  const names = classes.map((name) => (name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name));
  if (classes.length <= mostClasses) {
    const rows = confusionMatrix(evaluation.confusions, classes.length).map((row, label) => [
      names[label] as string,
      ...row.map((images) => (images === 0 ? "·" : String(images))),
    ]);
    const matrix = renderTable(["label", ...names], rows, (column) => column > 0);
    if (matrix.split("\n").every((line) => line.length <= lineWidth()))
      return `confusion matrix: a row for each label, a column for each prediction\n${matrix}`;
  }
  return `what was mistaken most often\n${table(confusionTable(evaluated, mostConfusions), [0, 1])}`;
}
