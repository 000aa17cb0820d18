/** Lets so many jobs through at once, and exclusive ones alone, in order of coming. */
export interface Queue {
  /**
   * Resolves when the caller may start; it must call what it gets when it has ended.
   * Nobody overtakes an exclusive caller, so it waits only for those already running.
   */
  enter(exclusive: boolean): Promise<() => void>;
  /** Everyone waiting, and everyone coming later, is rejected with this. */
  close(reason: Error): void;
}

interface Waiting {
  readonly exclusive: boolean;
  readonly admit: () => void;
  readonly reject: (reason: Error) => void;
}

export function createQueue(slots: number): Queue {
  const waiting: Waiting[] = [];
  let running = 0;
  let runsExclusive = false;
  let closed: Error | undefined;

  function admit(): void {
    for (;;) {
      const [next] = waiting;
      if (!next || runsExclusive || running >= (next.exclusive ? 1 : slots)) return;
      waiting.shift();
      running++;
      runsExclusive = next.exclusive;
      next.admit();
    }
  }

  function leave(): void {
    running--;
    runsExclusive = false;
    admit();
  }

  return {
    enter(exclusive) {
      if (closed) return Promise.reject(closed);
      return new Promise((resolve, reject) => {
        waiting.push({ exclusive, admit: () => resolve(leave), reject });
        admit();
      });
    },
    close(reason) {
      closed ??= reason;
      for (const caller of waiting.splice(0)) caller.reject(closed);
    },
  };
}
