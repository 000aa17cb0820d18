/** How each type of ONNX node is read. */
import type { OnnxNode } from "../graph/onnxNode.ts";
import { attentionRules } from "./attention.ts";
import { blockedRules } from "./blocked.ts";
import { controlRules } from "./control.ts";
import { elementwiseRules } from "./elementwise.ts";
import { microsoftRules } from "./microsoft.ts";
import { indexingRules } from "./moving/indexing.ts";
import { movementRules } from "./moving/movement.ts";
import { sequenceRules } from "./moving/sequences.ts";
import { viewRules } from "./moving/views.ts";
import { normalisationRules } from "./normalisations.ts";
import { classicalRules, otherRules, trainingRules } from "./other.ts";
import { productRules } from "./products.ts";
import { quantisationSteps, quantisedRules } from "./quantised.ts";
import { recurrentRules } from "./recurrent.ts";
import { reductionRules } from "./reductions.ts";
import type { ReadRule, ReadRules } from "./rule.ts";
import { convolutionRules } from "./windows/convolutions.ts";
import { poolingRules } from "./windows/pooling.ts";

/** Rules that take stored tensors as they are; the others' results are computed, or stored, where all that they read is stored. */
const asTheyAre: ReadRules = { ...viewRules, ...quantisationSteps, ...sequenceRules, ...controlRules };

const ofOnnx: ReadRules = {
  ...asTheyAre,
  ...elementwiseRules,
  ...movementRules,
  ...indexingRules,
  ...convolutionRules,
  ...poolingRules,
  ...reductionRules,
  ...normalisationRules,
  ...productRules,
  ...attentionRules,
  ...recurrentRules,
  ...quantisedRules,
  ...otherRules,
};

/** Families of operators by the domain that names them. */
export const readRules: Readonly<Record<string, ReadRules>> = {
  "": ofOnnx,
  "com.microsoft": { ...microsoftRules, ...quantisationSteps },
  "com.microsoft.nchwc": blockedRules,
  "ai.onnx.ml": classicalRules,
  "ai.onnx.preview.training": trainingRules,
};

const find = (rules: ReadRules | undefined, type: string): ReadRule | undefined =>
  rules && Object.hasOwn(rules, type) ? rules[type] : undefined;

/** The rule of a node. */
export function ruleOf({ domain, type }: OnnxNode): ReadRule | undefined {
  return find(Object.hasOwn(readRules, domain) ? readRules[domain] : undefined, type);
}

/** Whether a node's rule takes stored tensors as they are. */
export const keepsStored = ({ type }: OnnxNode) => Object.hasOwn(asTheyAre, type);
