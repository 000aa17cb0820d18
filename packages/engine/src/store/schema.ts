/** The schema of a store's file, as the statements that lead from each version to the next. */
import { intervalsInsteadOfDeviations } from "./intervals.ts";

/** "Arch" in ASCII: tells our files from other programs' SQLite files, which must never be touched. */
export const applicationId = 0x41726368;

/**
 * The statements that lead from one schema version to the next. The version (`PRAGMA user_version`) is the
 * number of entries applied. Published entries are never edited: a change of the schema is a new entry.
 */
export const migrations: readonly string[] = [
  `
  -- Run numbers already given out, by experiment name: the number of a deleted run is not given again.
  CREATE TABLE run_numbers (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE runs (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    experiment TEXT NOT NULL,
    experiment_hash TEXT NOT NULL,
    seed INTEGER NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    pid INTEGER,
    seconds REAL NOT NULL,
    summary TEXT
  );

  -- What is asked for has a column; \`rest\` is the trial's other fields as JSON.
  CREATE TABLE trials (
    run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    architecture TEXT NOT NULL,
    status TEXT NOT NULL,
    gate TEXT NOT NULL,
    accuracy REAL,
    rest TEXT NOT NULL,
    PRIMARY KEY (run, number)
  ) WITHOUT ROWID;

  -- \`weights\` are float32, little-endian.
  CREATE TABLE weights (
    run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
    trial INTEGER NOT NULL,
    weights BLOB NOT NULL,
    PRIMARY KEY (run, trial)
  );

  -- Measurements made outside a run (\`device measure\`) have none.
  CREATE TABLE measurements (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER REFERENCES runs (key) ON DELETE CASCADE,
    device TEXT NOT NULL,
    architecture TEXT NOT NULL,
    measurement TEXT NOT NULL
  );
  CREATE INDEX measurements_by_run ON measurements (run);
  CREATE INDEX measurements_by_architecture ON measurements (architecture, device);

  CREATE TABLE events (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
  );
  CREATE INDEX events_by_run ON events (run);
  `,
  `
  -- With \`pid\`: which process runs a run. A bare number may be another process's by now.
  ALTER TABLE runs ADD COLUMN host TEXT;
  ALTER TABLE runs ADD COLUMN process_start TEXT;
  `,
  intervalsInsteadOfDeviations,
  `
  -- Numbers the writes of a run's trials, so that a reader can ask for what is new.
  ALTER TABLE trials ADD COLUMN write INTEGER NOT NULL DEFAULT 0;
  UPDATE trials SET write = number + 1;
  CREATE INDEX trials_by_write ON trials (run, write);
  DROP INDEX events_by_run;
  CREATE INDEX events_by_run ON events (run, key);
  `,
  `
  -- A trial has its task's score, of whichever metric that is.
  ALTER TABLE trials RENAME COLUMN accuracy TO score;
  UPDATE trials SET rest = json_remove(json_set(rest, '$.testScore', json(rest -> '$.testAccuracy')), '$.testAccuracy')
    WHERE json_type(rest, '$.testAccuracy') IS NOT NULL;
  `,
  `
  -- The numbers of trials once more, as columns, so that many can be read at once: of those whose last write, when the block was made,
  -- was above the \`until\` of the block before and not above its own. What was written since the last block has none yet. Derived from
  -- \`trials\`, so a migration that changes these may delete all blocks.
  CREATE TABLE trial_blocks (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
    until INTEGER NOT NULL,
    block BLOB NOT NULL
  );
  CREATE UNIQUE INDEX trial_blocks_by_write ON trial_blocks (run, until);
  `,
];
