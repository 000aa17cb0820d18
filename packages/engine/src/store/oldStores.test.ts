/** Stores that older versions wrote: what they hold is read as it is written today. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FollowedRun } from "@archwright/core/query";
import { exampleTrial } from "@archwright/core/testing";
import Database from "libsql";
import { afterAll, expect, test } from "vitest";
import { openStore, openStoreForReading } from "./index.ts";
import { applicationId, migrations } from "./schema.ts";

const folder = mkdtempSync(join(tmpdir(), "archwright-old-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A store as this version of its schema has it, with a run `old-1` that has no trials. */
function storeOfVersion(version: number, file: string): InstanceType<typeof Database> {
  const database = new Database(file);
  for (const statements of migrations.slice(0, version)) database.exec(statements);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
  database.exec(
    "INSERT INTO runs (key, id, name, experiment, experiment_hash, seed, status, created_at, updated_at, seconds) VALUES (1, 'old-1', 'old', '{}', 'hash', 0, 'done', 'then', 'then', 1)",
  );
  return database;
}

test("accuracies of trials are their scores, to the last digit", () => {
  const file = join(folder, "accuracies.db");
  const database = storeOfVersion(3, file);
  const insert = database.prepare("INSERT INTO trials VALUES (1, ?, 'a', 'feasible', 'trained', ?, ?)");
  const rest = { fidelity: { epochs: 1 }, seed: 1, excesses: [], devices: {}, seconds: 0.1 };
  insert.run(0, 100 / 3, JSON.stringify({ ...rest, testAccuracy: 97.37827715355806 }));
  insert.run(1, null, JSON.stringify(rest));
  database.close();

  const store = openStore(file);
  const [tested, other] = [...store.trials("old-1")];
  store.close();
  expect(tested).toMatchObject({ score: 100 / 3, testScore: 97.37827715355806 });
  expect(tested).not.toHaveProperty("testAccuracy");
  expect(other).not.toHaveProperty("score");
  expect(other).not.toHaveProperty("testScore");
});

test("trials that were stored before there were blocks are followed, and get blocks when the run is written again", () => {
  const file = join(folder, "blocks.db");
  const database = storeOfVersion(5, file);
  const insert = database.prepare(
    "INSERT INTO trials (run, number, architecture, status, gate, score, rest, write) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
  );
  database.exec("BEGIN");
  const count = 3000;
  for (let i = 0; i < count; i++) {
    const { number, architecture, status, gate, score, ...rest } = exampleTrial(i);
    insert.run(number, architecture, status, gate, score ?? null, JSON.stringify(rest), i + 1);
  }
  database.exec("COMMIT");
  database.close();

  const scoresOf = (store: ReturnType<typeof openStore>) => {
    const followed = new FollowedRun(store, "old-1");
    followed.update();
    return [...(followed.columns.numbers("score") ?? [])];
  };
  const expected = Array.from({ length: count }, (_, i) => exampleTrial(i).score);
  const reading = openStoreForReading(file);
  expect(scoresOf(reading)).toEqual(expected);
  reading.close();

  const store = openStore(file);
  const blocks = () => {
    const connection = new Database(file);
    const [row] = connection.prepare("SELECT count(*) AS count, max(until) AS until FROM trial_blocks").all() as {
      count: number;
      until: number;
    }[];
    connection.close();
    return row;
  };
  expect(blocks()).toMatchObject({ count: 0 });
  store.addTrials(
    "old-1",
    Array.from({ length: 1000 }, (_, i) => exampleTrial(count + i)),
  );
  expect(blocks()).toEqual({ count: 3, until: 3072 });
  expect(scoresOf(store)).toEqual([...expected, ...Array.from({ length: 1000 }, (_, i) => exampleTrial(count + i).score)]);
  store.close();
});
