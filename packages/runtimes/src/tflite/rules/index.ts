/** How each type of operator is read. */
import type { OperatorReader, Value } from "../reader.ts";
import { customDetectionRules, detectionRules } from "./detection.ts";
import { elementRules } from "./elements.ts";
import { matrixRules } from "./matrices.ts";
import { moveRules } from "./moves.ts";
import { recurrentRules } from "./recurrent.ts";
import { shapeRules } from "./shapes.ts";
import { customWindowRules, windowRules } from "./windows.ts";

/** What an operator becomes: its outputs in order, or only the first. */
export type ReadRule = (c: OperatorReader) => Value | readonly Value[];

const table = (...rules: readonly Readonly<Record<string, ReadRule>>[]): ReadonlyMap<string, ReadRule> =>
  new Map(rules.flatMap((group) => Object.entries(group)));

/** Operators of the schema. */
export const readRules = table(windowRules, elementRules, matrixRules, shapeRules, moveRules, recurrentRules, detectionRules);

/** Operators that the schema does not have. */
export const customRules = table(customWindowRules, customDetectionRules);
