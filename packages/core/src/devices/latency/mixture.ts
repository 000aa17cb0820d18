import { backwardSolve, cholesky, dot, forwardSolve, logDeterminant } from "./linearAlgebra.ts";

/** One Bayesian linear model: independent normal weights, an unknown amplitude that scales them and the noise. */
export interface LinearModel {
  /** Prior variance of each weight, relative to the squared amplitude. */
  readonly variances: Float64Array;
  /** Variance of the noise, relative to the squared amplitude. */
  readonly noise: number;
  readonly logPrior: number;
}

export interface AmplitudePrior {
  /** Inverse gamma. */
  readonly shape: number;
  readonly scale: number;
}

export interface Observations {
  /** count × width. */
  readonly features: Float64Array;
  readonly values: Float64Array;
  /** Variance of each value beyond the models' noise, absolute: rounding. */
  readonly extraVariance: Float64Array;
}

/** Posterior of one model. */
export interface LinearPosterior {
  /** log of prior and marginal likelihood, up to what all models share. */
  readonly logWeight: number;
  readonly mean: Float64Array;
  /** Posterior covariance = amplitude · (diag(variances) − reductionᵀ reduction); reduction is count × width. */
  readonly reduction: Float64Array;
  /** Expected squared amplitude. */
  readonly amplitude: number;
}

/** Conjugate normal–inverse-gamma regression in the dual: costs count² · width. */
export function posteriorOf(model: LinearModel, observations: Observations, prior: AmplitudePrior): LinearPosterior {
  const { features, values, extraVariance } = observations;
  const count = values.length;
  const width = model.variances.length;
  const scaled = new Float64Array(count * width);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < width; j++) scaled[i * width + j] = (features[i * width + j] as number) * (model.variances[j] as number);
  const covariance = new Float64Array(count * count);
  // Rounding is absolute and the amplitude unknown: its prior's mode stands for it.
  const usual = prior.scale / (prior.shape + 1);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) covariance[i * count + j] = dot(scaled, i * width, features, j * width, width);
    covariance[i * count + i] = (covariance[i * count + i] as number) + model.noise + (extraVariance[i] as number) / usual;
  }
  const l = cholesky(covariance, count);
  const half = forwardSolve(l, count, Float64Array.from(values));
  const square = dot(half, 0, half, 0, count);
  const shape = prior.shape + count / 2;
  const scale = prior.scale + square / 2;
  const weights = backwardSolve(l, count, half);
  const mean = new Float64Array(width);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < width; j++) mean[j] = (mean[j] as number) + (weights[i] as number) * (scaled[i * width + j] as number);
  // Solve L · reduction = scaled, all columns at once.
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < i; k++) {
      const c = l[i * count + k] as number;
      for (let j = 0; j < width; j++) scaled[i * width + j] = (scaled[i * width + j] as number) - c * (scaled[k * width + j] as number);
    }
    const d = l[i * count + i] as number;
    for (let j = 0; j < width; j++) scaled[i * width + j] = (scaled[i * width + j] as number) / d;
  }
  return {
    logWeight: model.logPrior - 0.5 * logDeterminant(l, count) - shape * Math.log(scale),
    mean,
    reduction: scaled,
    amplitude: scale / Math.max(shape - 1, 0.5),
  };
}

/** A mixture's first two moments: weights ~ (mean, diag(variances) − correction), and the noise of a new observation. */
export interface MixtureMoments {
  readonly mean: Float64Array;
  readonly variances: Float64Array;
  /** width × width, symmetric. */
  readonly correction: Float64Array;
  readonly noise: number;
  /** Probability of each model. */
  readonly probabilities: Float64Array;
}

/** Averages models by their evidence (Bayesian model averaging). */
export function mixModels(models: readonly LinearModel[], observations: Observations, prior: AmplitudePrior): MixtureMoments {
  const posteriors = models.map((model) => posteriorOf(model, observations, prior));
  const largest = Math.max(...posteriors.map(({ logWeight }) => logWeight));
  const raw = posteriors.map(({ logWeight }) => Math.exp(logWeight - largest));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const probabilities = Float64Array.from(raw, (weight) => weight / total);
  const width = (models[0] as LinearModel).variances.length;
  const count = observations.values.length;
  const mean = new Float64Array(width);
  const variances = new Float64Array(width);
  const correction = new Float64Array(width * width);
  let noise = 0;
  const kept = posteriors.flatMap((posterior, i) =>
    (probabilities[i] as number) > 1e-3 ? [{ ...posterior, p: probabilities[i] as number, model: models[i] as LinearModel }] : [],
  );
  const keptTotal = kept.reduce((sum, { p }) => sum + p, 0);
  posteriors.forEach((posterior, i) => {
    for (let j = 0; j < width; j++) mean[j] = (mean[j] as number) + (probabilities[i] as number) * (posterior.mean[j] as number);
  });
  const addOuter = (vector: Float64Array, at: number, factor: number) => {
    for (let i = 0; i < width; i++) {
      const c = factor * (vector[at + i] as number);
      if (c === 0) continue;
      const row = i * width;
      for (let j = 0; j <= i; j++) correction[row + j] = (correction[row + j] as number) + c * (vector[at + j] as number);
    }
  };
  for (const { p, model, amplitude, reduction, mean: own } of kept) {
    const share = p / keptTotal;
    noise += share * amplitude * model.noise;
    for (let j = 0; j < width; j++) variances[j] = (variances[j] as number) + share * amplitude * (model.variances[j] as number);
    for (let i = 0; i < count; i++) addOuter(reduction, i * width, share * amplitude);
    addOuter(
      own.map((value, j) => value - (mean[j] as number)),
      0,
      -share,
    );
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) correction[j * width + i] = correction[i * width + j] as number;
  return { mean, variances, correction, noise, probabilities };
}
