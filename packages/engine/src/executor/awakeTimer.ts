/** A timer that does not count the time in which this process was stopped. */
const sliceMs = 250;

/**
 * Calls back after so much time in which this process was awake. One that was stopped (Ctrl-Z in a shell, a suspended
 * machine) would otherwise hold that time against its children, which stood still with it: of each standstill at most
 * half a second counts.
 *
 * @returns what calls it off.
 */
export function afterAwake(milliseconds: number, callback: () => void): () => void {
  let left = milliseconds;
  let last = performance.now();
  let timer = setTimeout(tick, Math.min(left, sliceMs));

  function tick(): void {
    const now = performance.now();
    left -= Math.min(now - last, 2 * sliceMs);
    last = now;
    if (left <= 0) callback();
    else timer = setTimeout(tick, Math.min(left, sliceMs));
  }

  return () => clearTimeout(timer);
}
