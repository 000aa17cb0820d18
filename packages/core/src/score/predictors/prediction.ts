/** What is predicted of a score: a normal distribution, or a log-normal one of what is missing to the best possible score. */
import { density, distribution, exp, log, quantile } from "../../search/bayesian/process/normal.ts";

/** 97.5 % quantile of the standard normal distribution. */
export const normalQuantile = quantile(0.975);

const inverseRootPi = 0.5641895835477563;
const rootHalf = Math.SQRT1_2;

/** What the predictive distribution of one score tells. All in the score's unit. */
export interface ScorePrediction {
  /** Candidates are ranked by it. */
  readonly median: number;
  readonly mean: number;
  /** Of what an evaluation would show. */
  readonly sd: number;
  /** Where an evaluation falls with 95 percent probability. */
  readonly low95: number;
  readonly high95: number;
  /** Logarithm of the density at a score; −Infinity where none can be. */
  logDensity(score: number): number;
  /**
   * Continuous ranked probability score at a score: the mean absolute error of the distribution less half its own mean absolute
   * difference; 0 for certainty that comes true (Gneiting and Raftery, J. Am. Stat. Assoc. 102, 2007).
   */
  crps(score: number): number;
}

/** Normal with this mean and standard deviation. */
export class NormalPrediction implements ScorePrediction {
  readonly mean: number;
  readonly sd: number;

  constructor(mean: number, sd: number) {
    this.mean = mean;
    this.sd = sd;
  }

  get median(): number {
    return this.mean;
  }

  get low95(): number {
    return this.mean - normalQuantile * this.sd;
  }

  get high95(): number {
    return this.mean + normalQuantile * this.sd;
  }

  logDensity(score: number): number {
    return logNormalDensity((score - this.mean) / this.sd) - Math.log(this.sd);
  }

  crps(score: number): number {
    const z = (score - this.mean) / this.sd;
    return this.sd * (z * (2 * distribution(z) - 1) + 2 * density(z) - inverseRootPi);
  }
}

/** What is missing to the best possible score is log-normal: its logarithm has this mean and standard deviation. */
export class ShortfallPrediction implements ScorePrediction {
  readonly #best: number;
  readonly #location: number;
  readonly #spread: number;

  constructor(best: number, location: number, spread: number) {
    this.#best = best;
    this.#location = location;
    this.#spread = spread;
  }

  get median(): number {
    return this.#best - exp(this.#location);
  }

  get mean(): number {
    return this.#best - exp(this.#location + this.#spread ** 2 / 2);
  }

  get sd(): number {
    return exp(this.#location + this.#spread ** 2 / 2) * Math.sqrt(Math.expm1(this.#spread ** 2));
  }

  get low95(): number {
    return this.#best - exp(this.#location + normalQuantile * this.#spread);
  }

  get high95(): number {
    return this.#best - exp(this.#location - normalQuantile * this.#spread);
  }

  logDensity(score: number): number {
    const missing = this.#best - score;
    if (!(missing > 0)) return Number.NEGATIVE_INFINITY;
    const logarithm = log(missing);
    return logNormalDensity((logarithm - this.#location) / this.#spread) - Math.log(this.#spread) - logarithm;
  }

  /** Baran and Lerch, Q. J. R. Meteorol. Soc. 141, 2015, equation 5. */
  crps(score: number): number {
    const missing = Math.max(this.#best - score, 0);
    const z = missing > 0 ? (log(missing) - this.#location) / this.#spread : Number.NEGATIVE_INFINITY;
    const mean = exp(this.#location + this.#spread ** 2 / 2);
    const within = missing > 0 ? distribution(z) : 0;
    const shifted = missing > 0 ? distribution(z - this.#spread) : 0;
    return missing * (2 * within - 1) - 2 * mean * (shifted + distribution(this.#spread * rootHalf) - 1);
  }
}

const logRootTwoPi = 0.9189385332046727;
const logNormalDensity = (z: number) => -0.5 * z * z - logRootTwoPi;
