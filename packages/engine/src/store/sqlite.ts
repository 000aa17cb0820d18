/** The store in an SQLite file. */
import { ResourceError } from "@archwright/core/base";
import type { Measurement, Store, Trial } from "@archwright/core/experiment";
import { createBlockKeeper } from "./blocks.ts";
import { type Connection, inTransaction, openFile } from "./file.ts";
import { explain } from "./fileErrors.ts";
import { openFileForReading } from "./fileForReading.ts";
import { toJson } from "./json.ts";
import { createReserve } from "./reserve.ts";
import { type EventRow, ownerColumns, type RunRow, readEvent, readRun, readTrial, type TrialRow, trialRow } from "./rows.ts";

/** Trials added by one statement: calling the driver costs more than the row does. */
const rowsAtOnce = 20;

/** Trials fetched at once by `trials()`. No cursor stays open between pages, so others may write meanwhile. */
const pageLength = 500;

/** Trials, and events, in one answer of `changes()`. */
const changesAtOnce = 1_000;

/**
 * Opens the store in this file, making file and folder where they are absent. Several processes may hold
 * the same store open. What a call has returned from survives the end of the process at any moment.
 *
 * @throws InputError where the file is damaged, of a newer version, of another program, or cannot be
 *   written; the same from any call that finds out later. Nothing in such a file is changed.
 * @throws ResourceError where a disk is full or fails, from here or any later call.
 */
export function openStore(file: string): Store {
  return createStore(file, openFile(file));
}

/**
 * Opens the store in this file to read it, which changes nothing and makes no file beside it that stays; so it may be somebody
 * else's, read-only, or of an older version.
 *
 * @throws InputError where there is no such file, or it is damaged, of a newer version, or of another program.
 */
export function openStoreForReading(file: string): Store {
  const { connection, remove } = openFileForReading(file);
  return createStore(file, connection, remove);
}

/** @param remove where the store is only read: what to do when it is closed. */
function createStore(file: string, connection: Connection, remove?: () => void): Store {
  const statements = prepareAll(connection);
  const keys = new Map<string, number>();
  const blocks = createBlockKeeper(connection, (key, write, limit) => {
    const rows = statements.trialsSince.all(key, write, limit) as TrialRow[];
    return { trials: rows.map(readTrial), writes: rows.map((row) => row.write) };
  });
  const reserve = createReserve(file);
  let open = true;

  // The driver runs prepared statements even after the connection was closed, so this must be checked here.
  function guarded<T>(action: () => T): T {
    if (!open) throw new Error(`the store ${file} is closed`);
    try {
      return action();
    } catch (error) {
      throw explain(file, error, remove ? "read" : "written");
    }
  }

  function transaction<T>(action: () => T): T {
    return guarded(() => {
      try {
        return inTransaction(connection, action);
      } catch (error) {
        blocks.forget();
        throw error;
      }
    });
  }

  function keyOf(run: string): number | undefined {
    const known = keys.get(run);
    if (known !== undefined) return known;
    const [row] = statements.runKey.all(run) as { key: number }[];
    // Keys are never used twice, so a remembered key of a run deleted by another process finds nothing.
    if (row) keys.set(run, row.key);
    return row?.key;
  }

  function requireKey(run: string): number {
    const key = keyOf(run);
    if (key === undefined) throw new Error(`the store ${file} has no run ${run}`);
    return key;
  }

  /** Inside a transaction nobody else writes between this and the next write. */
  function lastWrite(key: number): number {
    const [row] = statements.lastWrite.all(key) as { last: number | null }[];
    return row?.last ?? 0;
  }

  function requireChange(result: { changes: number }, what: string): void {
    if (result.changes === 0) throw new Error(`the store ${file} has no ${what}`);
  }

  function listMeasurements(key: number | null, architecture: string, measurements: readonly Measurement[]): void {
    for (const measurement of measurements) statements.addMeasurement.run(key, measurement.device, architecture, toJson(measurement));
  }

  function* pages(run: string): Generator<Trial> {
    let from = 0;
    for (;;) {
      const rows = guarded(() => statements.trialPage.all(keyOf(run) ?? -1, from, pageLength) as TrialRow[]);
      for (const row of rows) yield readTrial(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageLength) return;
      from = last.number + 1;
    }
  }

  return {
    createRun(run) {
      reserve.hold();
      return transaction(() => {
        const [numbered] = statements.nextNumber.all(run.name) as { last: number }[];
        if (!numbered) throw new Error("the store gave no run number");
        const id = `${run.name}-${numbered.last}`;
        const now = new Date().toISOString();
        statements.addRun.run(id, run.name, toJson(run.experiment), run.experimentHash, run.seed, now, now, ...ownerColumns(run.owner));
        const [row] = statements.run.all(id) as RunRow[];
        if (!row) throw new Error(`the store lost run ${id}`);
        return readRun(row);
      });
    },

    updateRun(id, decide) {
      const update = () => {
        const [row] = statements.run.all(id) as RunRow[];
        if (!row) throw new Error(`the store ${file} has no run ${id}`);
        const change = typeof decide === "function" ? decide(readRun(row)) : decide;
        statements.updateRun.run(
          change.status ?? row.status,
          change.seconds ?? row.seconds,
          change.summary === undefined ? row.summary : toJson(change.summary),
          change.experiment === undefined ? row.experiment : toJson(change.experiment),
          change.experimentHash ?? row.experiment_hash,
          ...("owner" in change ? ownerColumns(change.owner) : [row.pid, row.host, row.process_start]),
          new Date().toISOString(),
          id,
        );
        const updated = readRun((statements.run.all(id) as RunRow[])[0] as RunRow);
        if (updated.status === "running") reserve.hold();
        return updated;
      };
      try {
        return transaction(update);
      } catch (error) {
        if (!(error instanceof ResourceError && reserve.release())) throw error;
        return transaction(update);
      }
    },

    run: (id) => guarded(() => (statements.run.all(id) as RunRow[]).map(readRun)[0]),
    runs: () => guarded(() => (statements.runs.all() as RunRow[]).map(readRun)),
    deleteRun(id) {
      guarded(() => requireChange(statements.deleteRun.run(id), `run ${id}`));
      keys.delete(id);
    },

    addTrials(run, trials) {
      transaction(() => {
        const key = requireKey(run);
        const before = lastWrite(key);
        let write = before;
        for (let at = 0; at < trials.length; ) {
          const several = trials.length - at >= rowsAtOnce;
          const batch = trials.slice(at, at + (several ? rowsAtOnce : 1));
          (several ? statements.addTrials : statements.addTrial).run(batch.flatMap((trial) => [key, ...trialRow(trial), ++write]));
          at += batch.length;
        }
        trials.forEach((trial, index) => {
          blocks.written(key, trial, before + 1 + index);
        });
        for (const { architecture, devices } of trials) {
          for (const { measurements } of Object.values(devices)) listMeasurements(key, architecture, measurements);
        }
      });
    },
    updateTrial(run, trial, measurements = []) {
      transaction(() => {
        const key = requireKey(run);
        const [number, ...fields] = trialRow(trial);
        const write = lastWrite(key) + 1;
        const result = statements.updateTrial.run(...fields, write, key, number);
        requireChange(result, `trial ${number} of run ${run}`);
        blocks.written(key, trial, write);
        listMeasurements(key, trial.architecture, measurements);
      });
    },
    trial: (run, number) =>
      guarded(
        () =>
          (statements.trialPage.all(keyOf(run) ?? -1, number, 1) as TrialRow[]).filter((row) => row.number === number).map(readTrial)[0],
      ),
    trials: (run) => ({ [Symbol.iterator]: () => pages(run) }),
    changes: (run, since = { trials: 0, events: 0 }, limit = changesAtOnce) =>
      guarded(() => {
        const key = keyOf(run) ?? -1;
        const trials = statements.trialsSince.all(key, since.trials, limit) as TrialRow[];
        const events = statements.eventsSince.all(key, since.events, limit) as EventRow[];
        return {
          trials: trials.map(readTrial),
          events: events.map(readEvent),
          cursor: { trials: trials.at(-1)?.write ?? since.trials, events: events.at(-1)?.key ?? since.events },
          more: trials.length === limit || events.length === limit,
        };
      }),
    blocks: (run, since = 0, limit) => guarded(() => blocks.read(keyOf(run) ?? -1, since, limit)),

    putWeights(run, trial, weights) {
      // A typed array passed as it is would be stored with all of its buffer.
      const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
      guarded(() => statements.putWeights.run(requireKey(run), trial, bytes));
    },
    weights: (run, trial) =>
      guarded(() => {
        const [row] = statements.weights.all(keyOf(run) ?? -1, trial) as { weights: ArrayBuffer }[];
        return row && new Float32Array(row.weights);
      }),
    keepWeights(run, trials) {
      guarded(() => statements.keepWeights.run(requireKey(run), JSON.stringify(trials)));
    },

    addMeasurement(run, architecture, measurement) {
      guarded(() => listMeasurements(run === undefined ? null : requireKey(run), architecture, [measurement]));
    },
    measurements: (filter = {}) =>
      guarded(() => {
        const conditions = Object.entries({ "runs.id": filter.run, device: filter.device, architecture: filter.architecture }).filter(
          (condition): condition is [string, string] => condition[1] !== undefined,
        );
        const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(([column]) => `${column} = ?`).join(" AND ")}`;
        const statement = connection.prepare(
          `SELECT runs.id, architecture, measurement FROM measurements LEFT JOIN runs ON runs.key = measurements.run
           ${where} ORDER BY measurements.key`,
        );
        const rows = statement.all(...conditions.map(([, value]) => value));
        return (rows as { id: string | null; architecture: string; measurement: string }[]).map((row) => ({
          ...(row.id === null ? {} : { run: row.id }),
          architecture: row.architecture,
          measurement: JSON.parse(row.measurement) as Measurement,
        }));
      }),

    addEvent(run, kind, detail) {
      guarded(() => statements.addEvent.run(requireKey(run), new Date().toISOString(), kind, toJson(detail)));
    },
    events: (run) => guarded(() => (statements.events.all(keyOf(run) ?? -1) as EventRow[]).map(readEvent)),

    version: () =>
      guarded(() => {
        const [others] = statements.othersWrites.all() as { data_version: number }[];
        const [own] = statements.ownWrites.all() as { writes: number }[];
        return `${others?.data_version}-${own?.writes}`;
      }),

    close() {
      if (!open) return;
      if (!remove) collect(connection);
      open = false;
      reserve.release();
      connection.close();
      remove?.();
    },
  };
}

/** So that the one file holds everything and can be copied, if nobody else is busy with it. */
function collect(connection: Connection): void {
  try {
    connection.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
  } catch {
    // On a full disk the WAL beside it keeps what it has, and nothing is lost.
  }
}

function prepareAll(connection: Connection) {
  const sql = (text: string) => connection.prepare(text);
  return {
    nextNumber: sql("INSERT INTO run_numbers VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last"),
    addRun: sql(
      `INSERT INTO runs (id, name, experiment, experiment_hash, seed, created_at, updated_at, pid, host, process_start, status, seconds)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', 0)`,
    ),
    updateRun: sql(
      `UPDATE runs SET status = ?, seconds = ?, summary = ?, experiment = ?, experiment_hash = ?, pid = ?, host = ?, process_start = ?,
       updated_at = ? WHERE id = ?`,
    ),
    run: sql("SELECT * FROM runs WHERE id = ?"),
    runs: sql("SELECT * FROM runs ORDER BY key"),
    runKey: sql("SELECT key FROM runs WHERE id = ?"),
    deleteRun: sql("DELETE FROM runs WHERE id = ?"),
    addTrial: sql(insertTrials(1)),
    addTrials: sql(insertTrials(rowsAtOnce)),
    updateTrial: sql(
      "UPDATE trials SET architecture = ?, status = ?, gate = ?, score = ?, rest = ?, write = ? WHERE run = ? AND number = ?",
    ),
    trialPage: sql(
      "SELECT number, architecture, status, gate, score, rest, write FROM trials WHERE run = ? AND number >= ? ORDER BY number LIMIT ?",
    ),
    lastWrite: sql("SELECT max(write) AS last FROM trials WHERE run = ?"),
    trialsSince: sql(
      `SELECT number, architecture, status, gate, score, rest, write FROM trials INDEXED BY trials_by_write
       WHERE run = ? AND write > ? ORDER BY write LIMIT ?`,
    ),
    // SQLite counts commits of other connections, and rows that this one wrote.
    othersWrites: sql("PRAGMA data_version"),
    ownWrites: sql("SELECT total_changes() AS writes"),
    putWeights: sql("INSERT OR REPLACE INTO weights (run, trial, weights) VALUES (?, ?, ?)"),
    weights: sql("SELECT weights FROM weights WHERE run = ? AND trial = ?"),
    keepWeights: sql("DELETE FROM weights WHERE run = ? AND trial NOT IN (SELECT value FROM json_each(?))"),
    addMeasurement: sql("INSERT INTO measurements (run, device, architecture, measurement) VALUES (?, ?, ?, ?)"),
    addEvent: sql("INSERT INTO events (run, at, kind, detail) VALUES (?, ?, ?, ?)"),
    events: sql("SELECT key, at, kind, detail FROM events WHERE run = ? ORDER BY key"),
    eventsSince: sql("SELECT key, at, kind, detail FROM events WHERE run = ? AND key > ? ORDER BY key LIMIT ?"),
  };
}

function insertTrials(rows: number): string {
  const row = "(?, ?, ?, ?, ?, ?, ?, ?)";
  return `INSERT INTO trials (run, number, architecture, status, gate, score, rest, write) VALUES ${Array(rows).fill(row).join(", ")}`;
}
