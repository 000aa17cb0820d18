/**
 * Follows a store: which runs there are, what each has come to, and what is new. It reads what was written since it looked last, so a
 * look costs as much as there is new, however much is stored; what was there before the server is counted in the background.
 */
import { InputError } from "@archwright/core/base";
import type { Run, RunCursor, RunEvent, Store } from "@archwright/core/experiment";
import { liveStatus } from "@archwright/engine";
import type { DashboardEvents } from "../contract/index.ts";
import { createHeaders, type Header } from "./header.ts";
import { type Counts, createRunCounts, type RunCounts } from "./runCounts.ts";

/** A run as a list shows it: without its experiment, which may be large. */
export interface IndexedRun {
  readonly run: Omit<Run, "experiment">;
  readonly header: Header;
  readonly status: ReturnType<typeof liveStatus>;
  /** Absent while its trials are being counted. */
  readonly counts: Counts | undefined;
  /** When the session that carries it out began, in milliseconds since 1970; absent where that is not known. */
  readonly sessionStart: number | undefined;
}

/** What a look at the store has shown to be new. */
export type News = { [Name in "runs" | "trials" | "log"]: readonly DashboardEvents[Name][] };

export interface RunIndex {
  /** Looks at the store, where something was written since the last look. */
  refresh(): News;
  /** Newest first. */
  list(): readonly IndexedRun[];
  /** @throws what reading the run has thrown, where it cannot be read: a newer version stored it, or a plugin of it is not known here. */
  find(id: string): IndexedRun | undefined;
  /** Reads on with what is not counted yet, for a few milliseconds. @returns whether there is more, and the runs that are complete now. */
  catchUp(): { readonly more: boolean; readonly counted: readonly string[] };
}

interface Entry {
  run: Omit<Run, "experiment">;
  header: Header;
  status: IndexedRun["status"];
  cursor: RunCursor;
  counter: RunCounts;
  counts: Counts | undefined;
  /** Whether all that was stored when it was found has been counted: what comes then is news. */
  counted: boolean;
  sessionStart: number | undefined;
}

/** Runs that nobody works on are looked at so seldom; a retraining changes trials of such. */
const IDLE_RUNS_EVERY_MS = 3_000;
const TRIALS_AT_ONCE = 500;
/** One look, or one step of catching up, holds the server no longer than about this. */
const STEP_MS = 25;

/**
 * A run that cannot be read is left out of the list.
 * @param onProblem told of each such run why, once. @param clock milliseconds that do not go back.
 */
export function createRunIndex(
  store: Store,
  onProblem: (message: string) => void = () => {},
  clock: () => number = () => performance.now(),
): RunIndex {
  const entries = new Map<string, Entry>();
  const unreadable = new Map<string, unknown>();
  const headerOf = createHeaders();
  let version: string | undefined;
  let idleRunsAt = Number.NEGATIVE_INFINITY;
  let unfinished = false;
  let begun = false;

  /** @param counted of one that has just begun all is news. */
  function add(run: Run, counted: boolean): Entry {
    const header = headerOf(run);
    const entry: Entry = {
      ...{ run: withoutExperiment(run), header, status: liveStatus(run), cursor: { trials: 0, events: 0 } },
      ...{ counter: createRunCounts(header, clock), counts: undefined, counted, sessionStart: undefined },
    };
    entries.set(run.id, entry);
    return entry;
  }

  /** @returns whether something of the run itself is new. */
  function update(entry: Entry, run: Run): boolean {
    const status = liveStatus(run);
    const { run: before } = entry;
    const same = before.updatedAt === run.updatedAt && before.status === run.status && before.experimentHash === run.experimentHash;
    if (same && entry.status === status) return false;
    if (!same) {
      entry.run = withoutExperiment(run);
      entry.header = headerOf(run);
    }
    entry.status = status;
    return true;
  }

  /** Reads what is new in a run, until a time. */
  function read(id: string, entry: Entry, until: number) {
    const events: RunEvent[] = [];
    let trials = 0;
    for (;;) {
      const part = store.changes(id, entry.cursor, TRIALS_AT_ONCE);
      entry.cursor = part.cursor;
      for (const trial of part.trials) entry.counter.take(trial);
      for (const { kind, at } of part.events) if (kind === "started" || kind === "resumed") entry.sessionStart = Date.parse(at);
      events.push(...part.events);
      trials += part.trials.length;
      if (part.more && clock() < until) continue;
      // What is counted of a part of a run, while it is read for the first time, says nothing.
      if (!part.more || entry.counts) entry.counts = entry.counter.read(() => wholeRun(id));
      return { trials, events, more: part.more };
    }
  }

  function wholeRun(id: string) {
    const run = store.run(id);
    if (run === undefined) throw new InputError(`run ${id} was deleted while it was read`);
    return { experiment: run.experiment, trials: store.trials(id) };
  }

  function refresh(): News {
    const now = clock();
    const current = store.version();
    const idleDue = now - idleRunsAt >= IDLE_RUNS_EVERY_MS;
    // A process may also have died, which writes nothing.
    if (current === version && !unfinished && !idleDue) return { runs: [], trials: [], log: [] };
    const written = current !== version || unfinished;
    version = current;
    unfinished = false;
    if (idleDue) idleRunsAt = now;
    const first = !begun;
    begun = true;
    const runs = written ? store.runs() : [];
    const changed = new Set<string>();
    for (const run of runs) {
      const known = entries.get(run.id);
      try {
        if (known ? update(known, run) : add(run, !first)) changed.add(run.id);
        unreadable.delete(run.id);
      } catch (error) {
        if (!unreadable.has(run.id)) onProblem(`run ${run.id} is left out: ${error instanceof Error ? error.message : String(error)}`);
        unreadable.set(run.id, error);
      }
    }
    const ids = new Set(runs.map(({ id }) => id));
    const deleted = written ? [...entries.keys()].filter((id) => !ids.has(id)) : [];
    for (const id of deleted) entries.delete(id);
    if (written) for (const id of [...unreadable.keys()].filter((id) => !ids.has(id))) unreadable.delete(id);
    const trials: News["trials"][number][] = [];
    const log: News["log"][number][] = [];
    for (const [id, entry] of entries) {
      if (entry.status === "running" && entry.status !== liveStatus(entry.run)) {
        entry.status = liveStatus(entry.run);
        changed.add(id);
      }
      const active = entry.status === "running" || changed.has(id);
      if (!written || !entry.counted || !(active || idleDue)) continue;
      if (clock() - now > STEP_MS) {
        unfinished = true;
        break;
      }
      const part = read(id, entry, now + STEP_MS);
      unfinished ||= part.more;
      if (part.trials > 0) {
        trials.push({ run: id });
        changed.add(id);
      }
      log.push(...part.events.map(({ at, kind, detail }) => ({ run: id, at, kind, detail })));
    }
    return { runs: first || (changed.size === 0 && deleted.length === 0) ? [] : [{ changed: [...changed], deleted }], trials, log };
  }

  function catchUp() {
    const startedAt = clock();
    const counted: string[] = [];
    for (const [id, entry] of [...entries].reverse()) {
      if (entry.counted) continue;
      if (clock() - startedAt > STEP_MS) return { more: true, counted };
      let more = false;
      try {
        ({ more } = read(id, entry, startedAt + STEP_MS));
      } finally {
        // A run that cannot be read is not tried again and again, while others wait.
        entry.counted = !more;
      }
      if (more) return { more, counted };
      counted.push(id);
    }
    return { more: false, counted };
  }

  return {
    refresh,
    list: () => [...entries.values()].reverse(),
    find: (id) => {
      if (unreadable.has(id)) throw unreadable.get(id);
      return entries.get(id);
    },
    catchUp,
  };
}

/** Its fields as they are; the experiment is read by those who need it. */
function withoutExperiment(run: Run): Omit<Run, "experiment"> {
  const { id, name, experimentHash, seed, status, createdAt, updatedAt, owner, seconds, summary } = run;
  return {
    ...{ id, name, experimentHash, seed, status, createdAt, updatedAt, seconds },
    ...(owner === undefined ? {} : { owner }),
    ...(summary === undefined ? {} : { summary }),
  };
}
