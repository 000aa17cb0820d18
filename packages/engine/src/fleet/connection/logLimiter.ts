/** Limits how often a lasting condition is logged, with exponential backoff: a log shows that it lasts, and is not filled with it. */
export interface LogLimiter {
  /** Whether it is to be told now: at first, then after 10 s, 20 s, 40 s … and at last every ten minutes. */
  isDue(nowMs: number): boolean;
}

const firstMs = 10_000;
const longestMs = 600_000;

export function createLogLimiter(): LogLimiter {
  let nextAt = Number.NEGATIVE_INFINITY;
  let intervalMs = firstMs;
  return {
    isDue(nowMs) {
      if (nowMs < nextAt) return false;
      nextAt = nowMs + intervalMs;
      intervalMs = Math.min(2 * intervalMs, longestMs);
      return true;
    },
  };
}
