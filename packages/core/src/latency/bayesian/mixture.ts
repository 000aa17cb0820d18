/** Bayesian averaging of linear models with normal weights, in closed form. */
import {
  addScaled,
  backwardSolve,
  cholesky,
  dot,
  forwardSolve,
  inverseFromCholesky,
  logDeterminant,
  mirrorLowerTriangle,
} from "../../base/linearAlgebra.ts";
import { addAt, item, Matrix } from "../../base/matrix.ts";
import { latencySettings } from "../settings.ts";

/** `at` of `matrix.ts`, in this module: see there. */
const at = (vector: Float64Array, index: number): number => vector[index] as number;

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
  /** One observation a row. */
  readonly features: Matrix;
  readonly values: Float64Array;
  /** Variance of each value beyond the models' noise, absolute: rounding. */
  readonly extraVariance: Float64Array;
}

/** Something that lengthened a measurement, which then says little about the device (Box and Tiao 1968). */
export interface OutlierPrior {
  /** Of each measurement, before any was seen; at most one of them is taken to be an outlier. */
  readonly probability: number;
  /** What it adds to the variance of the noise, relative to the squared amplitude. */
  readonly variance: number;
}

/** Models of less probability are left out of the covariance, where they would change little and cost as much as others. */
const { negligible } = latencySettings.prediction;

/** Models that share their weights' prior variances, and so all that is as long as the weights. */
interface Family {
  readonly variances: Float64Array;
  /** count × width: features · variances. */
  readonly scaled: Matrix;
  /** count × count: what the weights contribute to the covariance of the observations; lower triangle. */
  readonly signal: Matrix;
}

/** The posterior of one model in the dual (Rasmussen and Williams 2006, section 2.2): as long as the observations. */
interface Fit {
  readonly model: number;
  readonly family: Family;
  readonly noise: number;
  /** Inverse of the covariance of the observations, relative to the squared amplitude, where none is an outlier. */
  readonly inverse: Matrix;
  /** Where none is an outlier, posterior mean = dualᵀ · scaled. */
  readonly dual: Float64Array;
  /** The observation that is an outlier, or −1, and what it takes from `inverse`: shrink · column · columnᵀ. */
  readonly outlier: number;
  readonly shrink: number;
  /** log of prior and marginal likelihood, up to what all models share. */
  readonly logWeight: number;
  /** Expected squared amplitude. */
  readonly amplitude: number;
}

function familyOf(variances: Float64Array, features: Matrix): Family {
  const count = features.rows;
  const scaled = new Matrix(count, variances.length);
  for (let i = 0; i < count; i++) for (let j = 0; j < variances.length; j++) scaled.set(i, j, features.at(i, j) * at(variances, j));
  const signal = new Matrix(count, count);
  for (let i = 0; i < count; i++) for (let j = 0; j <= i; j++) signal.set(i, j, dot(scaled.row(i), features.row(j)));
  return { variances, scaled, signal };
}

interface FitProblem {
  readonly index: number;
  readonly model: LinearModel;
  readonly family: Family;
  readonly observations: Observations;
  readonly prior: AmplitudePrior;
  readonly outliers: OutlierPrior | undefined;
}

/**
 * Conjugate normal–inverse-gamma regression, once without and once with each observation
 * taken for an outlier (by Sherman–Morrison) that is larger than what the others suggest.
 */
function fitModel({ index, model, family, observations: { values, extraVariance }, prior, outliers }: FitProblem): Fit[] {
  const count = values.length;
  const covariance = new Matrix(count, count, family.signal.values.slice());
  // Rounding is absolute and the amplitude unknown: its prior's mode stands for it.
  const usual = prior.scale / (prior.shape + 1);
  for (let i = 0; i < count; i++) covariance.set(i, i, covariance.at(i, i) + model.noise + at(extraVariance, i) / usual);
  const factor = cholesky(covariance);
  const half = forwardSolve(factor, values.slice());
  const square = dot(half, half);
  const dual = backwardSolve(factor, half);
  const inverse = inverseFromCholesky(factor);
  const shape = prior.shape + count / 2;
  const logConstant = model.logPrior - 0.5 * logDeterminant(factor);
  const posterior = (outlier: number, shrink: number, logPrior: number): Fit => {
    const scale = prior.scale + Math.max(0, square - (outlier < 0 ? 0 : shrink * at(dual, outlier) ** 2)) / 2;
    const logWeight = logConstant + logPrior - shape * Math.log(scale);
    const amplitude = scale / Math.max(shape - 1, 0.5);
    return { model: index, family, noise: model.noise, inverse, dual, outlier, shrink, logWeight, amplitude };
  };
  const fits = [posterior(-1, 0, 0)];
  if (outliers) {
    const { probability, variance } = outliers;
    for (let i = 0; i < count; i++) {
      // The sign is that of what the others leave unexplained; outliers only add time.
      if (!(at(dual, i) > 0)) continue;
      const growth = 1 + variance * inverse.at(i, i);
      fits.push(posterior(i, variance / growth, Math.log(probability / (1 - probability)) - 0.5 * Math.log(growth)));
    }
  }
  return fits;
}

/** Adds factor · the fit's dual vector. */
function addDual(into: Float64Array, factor: number, { dual, inverse, outlier, shrink }: Fit): void {
  addScaled(into, factor, dual);
  if (outlier >= 0) addScaled(into, -factor * shrink * at(dual, outlier), inverse.row(outlier));
}

/** A mixture's first two moments: weights ~ (mean, diag(variances) − correction), and the noise of a new observation. */
export interface MixtureMoments {
  readonly mean: Float64Array;
  readonly variances: Float64Array;
  /** Symmetric, as wide as the weights. */
  readonly correction: Matrix;
  readonly noise: number;
  /** Probability of each model. */
  readonly probabilities: Float64Array;
}

/**
 * Averages models by their evidence (Bayesian model averaging). All that differs between models of the same variances is
 * summed in the dual, as wide as there are observations; models that share one array of variances are therefore cheap.
 */
export function mixModels(
  models: readonly LinearModel[],
  observations: Observations,
  prior: AmplitudePrior,
  outliers?: OutlierPrior,
): MixtureMoments {
  const { features, values } = observations;
  const count = values.length;
  const width = item(models, 0).variances.length;
  const families = new Map<Float64Array, Family>();
  const fits = models.flatMap((model, index) => {
    const family = families.get(model.variances) ?? familyOf(model.variances, features);
    families.set(model.variances, family);
    return fitModel({ index, model, family, observations, prior, outliers });
  });
  const largest = Math.max(...fits.map(({ logWeight }) => logWeight));
  const raw = fits.map(({ logWeight }) => Math.exp(logWeight - largest));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const shares = Float64Array.from(raw, (weight) => weight / total);
  const probabilities = new Float64Array(models.length);
  fits.forEach(({ model }, i) => {
    addAt(probabilities, model, at(shares, i));
  });
  const keptTotal = shares.reduce((sum, p) => sum + (p > negligible ? p : 0), 0);
  const mean = new Float64Array(width);
  /** The mean of the models that are not negligible. */
  const keptMean = new Float64Array(width);
  const variances = new Float64Array(width);
  const correction = new Matrix(width, width);
  let noise = 0;
  for (const family of families.values()) {
    const dual = new Float64Array(count);
    const keptDual = new Float64Array(count);
    const inner = new Matrix(count, count);
    let variance = 0;
    fits.forEach((one, i) => {
      if (one.family !== family) return;
      const p = at(shares, i);
      addDual(dual, p, one);
      if (!(p > negligible)) return;
      const share = p / keptTotal;
      const { amplitude, inverse, outlier, shrink } = one;
      // Where one observation was an outlier, some of those to come will be.
      noise +=
        share * amplitude * (one.noise + (outlier < 0 ? 0 : (outliers?.variance ?? 0) / (count + latencySettings.outliers.priorCount)));
      variance += share * amplitude;
      const own = new Float64Array(count);
      addDual(own, 1, one);
      addScaled(keptDual, share, own);
      addScaled(inner.values, share * amplitude, inverse.values);
      for (let a = 0; a < count; a++) {
        addScaled(inner.row(a), -share * at(own, a), own);
        if (outlier >= 0) addScaled(inner.row(a), -share * amplitude * shrink * inverse.at(outlier, a), inverse.row(outlier));
      }
    });
    const { scaled } = family;
    for (let a = 0; a < count; a++) addScaled(mean, at(dual, a), scaled.row(a));
    if (variance === 0) continue;
    for (let a = 0; a < count; a++) addScaled(keptMean, at(keptDual, a), scaled.row(a));
    addScaled(variances, variance, family.variances);
    addCongruent(correction, inner, scaled);
  }
  for (let i = 0; i < width; i++) {
    // Σ share · (own − mean)(own − mean)ᵀ, of which the loop above has subtracted Σ share · own ownᵀ.
    addScaled(correction.row(i), at(mean, i), keptMean, i + 1);
    addScaled(correction.row(i), at(keptMean, i) - at(mean, i), mean, i + 1);
  }
  mirrorLowerTriangle(correction);
  return { mean, variances, correction, noise, probabilities };
}

/** Adds scaledᵀ · inner · scaled to the lower triangle. */
function addCongruent(into: Matrix, inner: Matrix, scaled: Matrix): void {
  const row = new Float64Array(scaled.cols);
  for (let a = 0; a < scaled.rows; a++) {
    row.fill(0);
    for (let b = 0; b < scaled.rows; b++) addScaled(row, inner.at(a, b), scaled.row(b));
    for (let i = 0; i < scaled.cols; i++) {
      const c = scaled.at(a, i);
      if (c !== 0) addScaled(into.row(i), c, row, i + 1);
    }
  }
}
