/**
 * Exponential, logarithm and the normal distribution from additions, multiplications and divisions alone, which every engine
 * rounds alike: so a search takes the same way in every version of Node.
 */

/** 2^(i / parts), i < parts. */
const parts = 256;
/** ln 2 / parts, its high part short enough that its products with whole numbers are exact. */
const [stepHigh, stepLow, inverseStep] = [0.6931471803691238 / parts, 1.9082149292705877e-10 / parts, Math.LOG2E * parts];
const roots = Float64Array.from({ length: parts }, (_, i) => series(i * stepHigh + i * stepLow));
const lowestExponent = -1022;
const powersOfTwo = Float64Array.from({ length: 2046 }, (_, i) => {
  let power = 1;
  for (let k = 0; k < Math.abs(i + lowestExponent); k++) power *= i + lowestExponent < 0 ? 0.5 : 2;
  return power;
});

/** eʳ for 0 ≤ r < ln 2: Taylor's series. */
function series(r: number): number {
  let sum = 1;
  for (let k = 22; k > 0; k--) sum = 1 + (r * sum) / k;
  return sum;
}

/** eˣ; 0 below −708, infinite above 709. Relative error below 1e-15. */
export function exp(x: number): number {
  if (!(x > -708)) return Number.isNaN(x) ? Number.NaN : 0;
  if (x > 709) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x * inverseStep + 0.5);
  const r = x - k * stepHigh - k * stepLow;
  // |r| ≤ ln 2 / 512: the next term is below 1e-17.
  const rest = r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24))));
  const root = roots[k & (parts - 1)] as number;
  return (root + root * rest) * (powersOfTwo[(k >> 8) - lowestExponent] as number);
}

/** Natural logarithm, to multiples of 2⁻³⁶: engines may differ in the last bit of `Math.log`. */
export function log(x: number): number {
  return Math.round(Math.log(x) * 2 ** 36) / 2 ** 36;
}

const inverseRootTwoPi = 0.3989422804014327;

/** Density of the standard normal distribution. */
export function density(z: number): number {
  return inverseRootTwoPi * exp(-0.5 * z * z);
}

/**
 * Distribution function of the standard normal distribution (Hart 1968, algorithm 5666 as West, "Better approximations to cumulative
 * normal functions", Wilmott 2005, gives it). Absolute error below 1e-14.
 */
export function distribution(z: number): number {
  const x = Math.abs(z);
  if (x > 37) return z > 0 ? 1 : 0;
  const e = exp(-0.5 * x * x);
  let tail: number;
  if (x < 7.07106781186547) {
    let upper = 3.52624965998911e-2 * x + 0.700383064443688;
    upper = upper * x + 6.37396220353165;
    upper = upper * x + 33.912866078383;
    upper = upper * x + 112.079291497871;
    upper = upper * x + 221.213596169931;
    upper = upper * x + 220.206867912376;
    let lower = 8.83883476483184e-2 * x + 1.75566716318264;
    lower = lower * x + 16.064177579207;
    lower = lower * x + 86.7807322029461;
    lower = lower * x + 296.564248779674;
    lower = lower * x + 637.333633378831;
    lower = lower * x + 793.826512519948;
    lower = lower * x + 440.413735824752;
    tail = (e * upper) / lower;
  } else {
    const fraction = x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))));
    tail = e / fraction / 2.506628274631;
  }
  return z > 0 ? 1 - tail : tail;
}

/** Quantile of the standard normal distribution, 0 < p < 1, by bisection. */
export function quantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (distribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
