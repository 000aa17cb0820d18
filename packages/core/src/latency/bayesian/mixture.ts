import { addScaled, backwardSolve, cholesky, dot, forwardSolve, inverseFromCholesky, logDeterminant } from "../../base/linearAlgebra.ts";

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

/** Something that lengthened a measurement, which then says little about the device (Box and Tiao 1968). */
export interface Disturbance {
  /** Of each measurement, before any was seen; at most one of them is taken to be disturbed. */
  readonly probability: number;
  /** What it adds to the variance of the noise, relative to the squared amplitude. */
  readonly variance: number;
}

/** How many measurements the prior probability of a disturbance is worth. */
const disturbancePriorCount = 20;
/** Models of less probability are left out of the covariance, where they would change little and cost as much as others. */
const negligible = 1e-4;

/** Models that share their weights' prior variances, and so all that is as long as the weights. */
interface Family {
  readonly variances: Float64Array;
  /** count × width: features · variances. */
  readonly scaled: Float64Array;
  /** count × count: what the weights contribute to the covariance of the observations; lower triangle. */
  readonly signal: Float64Array;
}

/** The posterior of one model in the dual (Rasmussen and Williams 2006, section 2.2): as long as the observations. */
interface Fit {
  readonly model: number;
  readonly family: Family;
  readonly noise: number;
  /** Inverse of the covariance of the observations, relative to the squared amplitude, where none is disturbed. */
  readonly inverse: Float64Array;
  /** Where none is disturbed, posterior mean = dualᵀ · scaled. */
  readonly dual: Float64Array;
  /** The observation that is disturbed, or −1, and what it takes from `inverse`: shrink · column · columnᵀ. */
  readonly disturbed: number;
  readonly shrink: number;
  /** log of prior and marginal likelihood, up to what all models share. */
  readonly logWeight: number;
  /** Expected squared amplitude. */
  readonly amplitude: number;
}

function familyOf(variances: Float64Array, features: Float64Array, count: number): Family {
  const width = variances.length;
  const scaled = new Float64Array(count * width);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < width; j++) scaled[i * width + j] = (features[i * width + j] as number) * (variances[j] as number);
  const signal = new Float64Array(count * count);
  for (let i = 0; i < count; i++) for (let j = 0; j <= i; j++) signal[i * count + j] = dot(scaled, i * width, features, j * width, width);
  return { variances, scaled, signal };
}

/**
 * Conjugate normal–inverse-gamma regression, once without and once with each observation
 * disturbed (by Sherman–Morrison) that is larger than what the others suggest.
 */
function fitModel(
  index: number,
  model: LinearModel,
  family: Family,
  { values, extraVariance }: Observations,
  prior: AmplitudePrior,
  disturbance?: Disturbance,
): Fit[] {
  const count = values.length;
  const covariance = Float64Array.from(family.signal);
  // Rounding is absolute and the amplitude unknown: its prior's mode stands for it.
  const usual = prior.scale / (prior.shape + 1);
  for (let i = 0; i < count; i++)
    covariance[i * count + i] = (covariance[i * count + i] as number) + model.noise + (extraVariance[i] as number) / usual;
  const factor = cholesky(covariance, count);
  const half = forwardSolve(factor, count, Float64Array.from(values));
  const square = dot(half, 0, half, 0, count);
  const dual = backwardSolve(factor, count, half);
  const inverse = inverseFromCholesky(factor, count);
  const shape = prior.shape + count / 2;
  const logConstant = model.logPrior - 0.5 * logDeterminant(factor, count);
  const posterior = (disturbed: number, shrink: number, logPrior: number): Fit => {
    const scale = prior.scale + Math.max(0, square - (disturbed < 0 ? 0 : shrink * (dual[disturbed] as number) ** 2)) / 2;
    const logWeight = logConstant + logPrior - shape * Math.log(scale);
    const amplitude = scale / Math.max(shape - 1, 0.5);
    return { model: index, family, noise: model.noise, inverse, dual, disturbed, shrink, logWeight, amplitude };
  };
  const fits = [posterior(-1, 0, 0)];
  if (disturbance) {
    const { probability, variance } = disturbance;
    for (let i = 0; i < count; i++) {
      // The sign is that of what the others leave unexplained; disturbances only add time.
      if (!((dual[i] as number) > 0)) continue;
      const growth = 1 + variance * (inverse[i * count + i] as number);
      fits.push(posterior(i, variance / growth, Math.log(probability / (1 - probability)) - 0.5 * Math.log(growth)));
    }
  }
  return fits;
}

/** Adds factor · the fit's dual vector. */
function addDual(into: Float64Array, factor: number, { dual, inverse, disturbed, shrink }: Fit): void {
  const count = dual.length;
  addScaled(into, 0, factor, dual, 0, count);
  if (disturbed >= 0) addScaled(into, 0, -factor * shrink * (dual[disturbed] as number), inverse, disturbed * count, count);
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

/**
 * Averages models by their evidence (Bayesian model averaging). All that differs between models of the same variances is
 * summed in the dual, as wide as there are observations; models that share one array of variances are therefore cheap.
 */
export function mixModels(
  models: readonly LinearModel[],
  observations: Observations,
  prior: AmplitudePrior,
  disturbance?: Disturbance,
): MixtureMoments {
  const { features, values } = observations;
  const count = values.length;
  const width = (models[0] as LinearModel).variances.length;
  const families = new Map<Float64Array, Family>();
  const fits = models.flatMap((model, index) => {
    const family = families.get(model.variances) ?? familyOf(model.variances, features, count);
    families.set(model.variances, family);
    return fitModel(index, model, family, observations, prior, disturbance);
  });
  const largest = Math.max(...fits.map(({ logWeight }) => logWeight));
  const raw = fits.map(({ logWeight }) => Math.exp(logWeight - largest));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const shares = Float64Array.from(raw, (weight) => weight / total);
  const probabilities = new Float64Array(models.length);
  fits.forEach(({ model }, i) => {
    probabilities[model] = (probabilities[model] as number) + (shares[i] as number);
  });
  const keptTotal = shares.reduce((sum, p) => sum + (p > negligible ? p : 0), 0);
  const mean = new Float64Array(width);
  /** The mean of the models that are not negligible. */
  const keptMean = new Float64Array(width);
  const variances = new Float64Array(width);
  const correction = new Float64Array(width * width);
  let noise = 0;
  for (const family of families.values()) {
    const dual = new Float64Array(count);
    const keptDual = new Float64Array(count);
    const inner = new Float64Array(count * count);
    let variance = 0;
    fits.forEach((one, i) => {
      if (one.family !== family) return;
      const p = shares[i] as number;
      addDual(dual, p, one);
      if (!(p > negligible)) return;
      const share = p / keptTotal;
      const { amplitude, inverse, disturbed, shrink } = one;
      // Where one observation was disturbed, some of those to come will be.
      noise += share * amplitude * (one.noise + (disturbed < 0 ? 0 : (disturbance?.variance ?? 0) / (count + disturbancePriorCount)));
      variance += share * amplitude;
      const own = new Float64Array(count);
      addDual(own, 1, one);
      addScaled(keptDual, 0, share, own, 0, count);
      addScaled(inner, 0, share * amplitude, inverse, 0, count * count);
      for (let a = 0; a < count; a++) {
        addScaled(inner, a * count, -share * (own[a] as number), own, 0, count);
        if (disturbed < 0) continue;
        addScaled(
          inner,
          a * count,
          -share * amplitude * shrink * (inverse[disturbed * count + a] as number),
          inverse,
          disturbed * count,
          count,
        );
      }
    });
    const { scaled } = family;
    for (let a = 0; a < count; a++) addScaled(mean, 0, dual[a] as number, scaled, a * width, width);
    if (variance === 0) continue;
    for (let a = 0; a < count; a++) addScaled(keptMean, 0, keptDual[a] as number, scaled, a * width, width);
    addScaled(variances, 0, variance, family.variances, 0, width);
    addCongruent(correction, inner, scaled, count, width);
  }
  for (let i = 0; i < width; i++) {
    // Σ share · (own − mean)(own − mean)ᵀ, of which the loop above has subtracted Σ share · own ownᵀ.
    addScaled(correction, i * width, mean[i] as number, keptMean, 0, i + 1);
    addScaled(correction, i * width, (keptMean[i] as number) - (mean[i] as number), mean, 0, i + 1);
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) correction[j * width + i] = correction[i * width + j] as number;
  return { mean, variances, correction, noise, probabilities };
}

/** Adds scaledᵀ · inner · scaled to the lower triangle. */
function addCongruent(into: Float64Array, inner: Float64Array, scaled: Float64Array, count: number, width: number): void {
  const row = new Float64Array(width);
  for (let a = 0; a < count; a++) {
    row.fill(0);
    for (let b = 0; b < count; b++) addScaled(row, 0, inner[a * count + b] as number, scaled, b * width, width);
    for (let i = 0; i < width; i++) {
      const c = scaled[a * width + i] as number;
      if (c !== 0) addScaled(into, i * width, c, row, 0, i + 1);
    }
  }
}
