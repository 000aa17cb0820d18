/** Probability distributions that tests of hypotheses need: normal, chi-squared, the range of normal variables. */

/** ln Γ(x) for x > 0, relative error below 1e-13 (Lanczos, SIAM J. Numer. Anal. B 1, 1964, with g = 7 and nine terms). */
export function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
    9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const series = terms.reduce((sum, term, i) => sum + term / (x + i), 0.99999999999980993);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/**
 * The upper regularised incomplete gamma function Q(a, x), a > 0 and x ≥ 0: by its series below a + 1, by its continued
 * fraction beyond (Abramowitz and Stegun 6.5.29 and 6.5.31, the latter by Lentz's method).
 */
export function upperGamma(a: number, x: number): number {
  if (!(x > 0)) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-16; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - sum * scale;
  }
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b || tiny);
    c = b + an / c || tiny;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction * scale;
}

/** P(Z ≤ z) of a standard normal variable, also far out in the tails. */
export function normalCdf(z: number): number {
  const tail = 0.5 * upperGamma(0.5, (z * z) / 2);
  return z > 0 ? 1 - tail : tail;
}

/** P(X > x) of a chi-squared variable. @param freedom degrees of freedom, above 0. */
export function chiSquaredTail(x: number, freedom: number): number {
  return upperGamma(freedom / 2, x / 2);
}

/**
 * P(largest − smallest ≤ q) of `count` independent standard normal variables: the studentised range with infinitely many degrees of
 * freedom. count × ∫ φ(z) (Φ(z) − Φ(z − q))^(count − 1) dz, by Simpson's rule.
 */
export function normalRangeCdf(q: number, count: number): number {
  const [from, to, steps] = [-8, 8 + q, 800];
  const width = (to - from) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const z = from + i * width;
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    sum += weight * density * (normalCdf(z) - normalCdf(z - q)) ** (count - 1);
  }
  return (count * sum * width) / 3;
}

/** The q with normalRangeCdf(q, count) = probability, to 1e-8. */
export function normalRangeQuantile(probability: number, count: number): number {
  let [low, high] = [0, 20];
  while (high - low > 1e-8) {
    const middle = (low + high) / 2;
    if (normalRangeCdf(middle, count) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
