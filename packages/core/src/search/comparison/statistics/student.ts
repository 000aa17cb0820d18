/** Student's t distribution for whole degrees of freedom, in closed form. */

/** @throws RangeError for degrees of freedom that are no whole number above 0. */
function checkDegrees(degrees: number): void {
  if (!Number.isInteger(degrees) || degrees < 1) throw new RangeError(`Student's t: ${degrees} degrees of freedom`);
}

/**
 * P(|T| > |t|) of Student's t: the p-value of a two-sided test (Abramowitz and Stegun 26.7.3 and 26.7.4), exact but for rounding,
 * 1e-14 or so of 1. @param degrees of freedom, whole and above 0.
 */
export function studentTails(t: number, degrees: number): number {
  checkDegrees(degrees);
  if (Number.isNaN(t)) throw new RangeError("Student's t: t is not a number");
  const angle = Math.atan(Math.abs(t) / Math.sqrt(degrees));
  const odd = degrees % 2 === 1;
  const square = Math.cos(angle) ** 2;
  let term = odd ? Math.cos(angle) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let i = odd ? 3 : 2; i < degrees; i += 2) {
    term *= (square * (i - 1)) / i;
    sum += term;
  }
  const series = Math.sin(angle) * sum;
  const within = odd ? (2 / Math.PI) * (angle + series) : series;
  return Math.min(1, Math.max(0, 1 - within));
}

/**
 * The t with P(|T| ≤ t) = level, to a relative 1e-12: what a deviation is multiplied by to get half an interval of this level.
 * @param level above 0, below 1.
 */
export function studentLimit(level: number, degrees: number): number {
  checkDegrees(degrees);
  if (!(level > 0 && level < 1)) throw new RangeError(`Student's t: level ${level}`);
  let [low, high] = [0, 1];
  while (studentTails(high, degrees) > 1 - level) [low, high] = [high, 2 * high];
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (studentTails(middle, degrees) > 1 - level) low = middle;
    else high = middle;
  }
  return high;
}
