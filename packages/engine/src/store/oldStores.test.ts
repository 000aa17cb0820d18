/** Stores that older versions wrote: what they hold is read as it is written today. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, expect, test } from "vitest";
import { openStore } from "./index.ts";
import { applicationId, migrations } from "./schema.ts";

const folder = mkdtempSync(join(tmpdir(), "archwright-old-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("accuracies of trials are their scores, to the last digit", () => {
  const file = join(folder, "accuracies.db");
  const database = new Database(file);
  for (const statements of migrations.slice(0, 3)) database.exec(statements);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 3`);
  database.exec(
    "INSERT INTO runs (key, id, name, experiment, experiment_hash, seed, status, created_at, updated_at, seconds) VALUES (1, 'old-1', 'old', '{}', 'hash', 0, 'done', 'then', 'then', 1)",
  );
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
