/** Tells everybody who listens what is new in the store: one watcher for all of them, and none where nobody listens. */
import type { DashboardEvents } from "../contract/index.ts";
import type { RunIndex } from "./runIndex.ts";

/** An event as it is sent. */
export type DashboardEvent = {
  readonly [Name in keyof DashboardEvents]: { readonly event: Name; readonly data: DashboardEvents[Name] };
}[keyof DashboardEvents];

export interface Follower {
  /** Looks now, as somebody asks; what is new is told to the listeners too. */
  look(): void;
  /** @param onClose called where the follower ends before the listener. @returns what ends it. */
  listen(listener: (event: DashboardEvent) => void, onClose: () => void): () => void;
  readonly listeners: number;
  /** Tells what is not in the store. */
  tell(event: DashboardEvent): void;
  close(): void;
}

/** Asks the store's version so often while somebody listens. */
const LOOK_EVERY_MS = 250;
const HELLO_EVERY_MS = 15_000;
/** Looking may take this share of the time at most. */
const SHARE_OF_TIME = 0.1;
/** Runs that were counted in the background are told together. */
const COUNTED_EVERY_MS = 250;

/** @param onProblem told, once for each, why the store could not be read. */
export function createFollower(index: RunIndex, version: string, onProblem: (message: string) => void): Follower {
  const listeners = new Map<(event: DashboardEvent) => void, () => void>();
  let timer: NodeJS.Timeout | undefined;
  let counting: NodeJS.Immediate | undefined;
  let complete = false;
  let counted: string[] = [];
  let countedToldAt = 0;
  let hello = 0;
  let closed = false;
  let lastProblem = "";

  /** The store is locked, or its disk fails: the next look may find it well, and requests say what is wrong. */
  function withoutFail(read: () => void): void {
    try {
      read();
      lastProblem = "";
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== lastProblem) onProblem(message);
      lastProblem = message;
    }
  }

  function tell(event: DashboardEvent): void {
    for (const listener of [...listeners.keys()]) listener(event);
  }

  function look(): void {
    const { runs, trials, log } = index.refresh();
    for (const data of runs) tell({ event: "runs", data });
    for (const data of trials) tell({ event: "trials", data });
    for (const data of log) tell({ event: "log", data });
    if (!complete && !closed) counting ??= setImmediate(() => withoutFail(count));
  }

  function count(): void {
    counting = undefined;
    const step = index.catchUp();
    counted.push(...step.counted);
    const now = performance.now();
    if (counted.length > 0 && (!step.more || now - countedToldAt > COUNTED_EVERY_MS)) {
      tell({ event: "runs", data: { changed: counted, deleted: [] } });
      counted = [];
      countedToldAt = now;
    }
    complete = !step.more;
    // Requests come between the steps.
    if (step.more && !closed) counting = setImmediate(() => withoutFail(count));
  }

  function schedule(after: number): void {
    timer = setTimeout(() => {
      const startedAt = performance.now();
      withoutFail(look);
      const took = performance.now() - startedAt;
      if (startedAt - hello > HELLO_EVERY_MS) {
        hello = startedAt;
        tell({ event: "hello", data: { version } });
      }
      if (listeners.size > 0 && !closed) schedule(Math.max(LOOK_EVERY_MS, took / SHARE_OF_TIME));
      else timer = undefined;
    }, after);
    timer.unref();
  }

  return {
    look,
    tell,
    get listeners() {
      return listeners.size;
    },
    listen(listener, onClose) {
      listeners.set(listener, onClose);
      if (timer === undefined && !closed) {
        hello = performance.now();
        schedule(LOOK_EVERY_MS);
      }
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      if (counting) clearImmediate(counting);
      for (const onClose of [...listeners.values()]) onClose();
      listeners.clear();
    },
  };
}
