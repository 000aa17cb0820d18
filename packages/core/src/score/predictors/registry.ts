/** The registry of score models, and how one is found by its name. */
import { InputError, nearestSpelling } from "../../base/index.ts";
import { neighboursModel, sizeModel } from "./baselines.ts";
import { averagedGaussianProcessModel, gaussianProcessModel } from "./gaussianProcess.ts";
import type { ScoreModel } from "./predictor.ts";
import { ridgeModel } from "./ridge.ts";
import { treesModel } from "./trees/trees.ts";

/** One row each; the first is the default. */
export const scoreModels: readonly ScoreModel[] = [
  gaussianProcessModel,
  averagedGaussianProcessModel,
  ridgeModel,
  treesModel,
  neighboursModel,
  sizeModel,
];

/** Their names, the default's first. */
export const scoreModelNames: readonly string[] = scoreModels.map(({ name }) => name);

/** A model by its name, or `default` for the first. @throws InputError for a name that is unknown. */
export function scoreModelNamed(name: string): ScoreModel {
  const model = name === "default" ? scoreModels[0] : scoreModels.find((known) => known.name === name);
  if (model) return model;
  throw new InputError(`there is no score model '${name}'`, {
    expected: `one of ${scoreModelNames.join(", ")}`,
    suggestion: nearestSpelling(name, scoreModelNames),
  });
}
