/** When to tell again of something that lasts: a log is to show that it lasts, and not to be filled with it. */
export interface Reminder {
  /** Whether it is to be told now: at first, then after 10 s, 20 s, 40 s … and at last every ten minutes. */
  isDue(nowMs: number): boolean;
}

const firstMs = 10_000;
const longestMs = 600_000;

export function createReminder(): Reminder {
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
