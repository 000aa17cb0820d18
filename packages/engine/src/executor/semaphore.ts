/** A fair semaphore: lets so many callers through at once, exclusive ones alone, in the order in which they came. */
export interface Semaphore {
  /**
   * Resolves when the caller may start, with what it must call when it has ended.
   * Nobody overtakes an exclusive caller, so it waits only for those already running.
   */
  acquire(exclusive: boolean): Promise<() => void>;
  /** Everyone waiting, and everyone coming later, is rejected with this. */
  close(reason: Error): void;
}

interface Waiting {
  readonly exclusive: boolean;
  readonly start: () => void;
  readonly reject: (reason: Error) => void;
}

export function createSemaphore(slots: number): Semaphore {
  const waiting: Waiting[] = [];
  let running = 0;
  let runsExclusive = false;
  let closed: Error | undefined;

  function startWaiting(): void {
    for (;;) {
      const [next] = waiting;
      if (!next || runsExclusive || running >= (next.exclusive ? 1 : slots)) return;
      waiting.shift();
      running++;
      runsExclusive = next.exclusive;
      next.start();
    }
  }

  function release(): void {
    running--;
    runsExclusive = false;
    startWaiting();
  }

  return {
    acquire(exclusive) {
      if (closed) return Promise.reject(closed);
      return new Promise((resolve, reject) => {
        waiting.push({ exclusive, start: () => resolve(release), reject });
        startWaiting();
      });
    },
    close(reason) {
      closed ??= reason;
      for (const caller of waiting.splice(0)) caller.reject(closed);
    },
  };
}
