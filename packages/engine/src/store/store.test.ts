import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createRng, InputError } from "@archwright/core/base";
import type { Store } from "@archwright/core/experiment";
import { FollowedRun } from "@archwright/core/query";
import { exampleExperiment, exampleTrial, storeConformance } from "@archwright/core/testing";
import Database from "libsql";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createMemoryStore, openStore, openStoreForReading } from "./index.ts";
import { applicationId, migrations } from "./schema.ts";
import { fixtureTrial } from "./trial.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "archwright-store-"));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeConformance("memory", createMemoryStore);
storeConformance("an SQLite file", () => openStore(newFile()));

const plan = { name: "shared", experiment: exampleExperiment, experimentHash: "", seed: 0 };

function startWriter(file: string, batches?: number): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const program = fileURLToPath(new URL("writer.fixture.ts", import.meta.url));
  const options = ["--import", tsx, "--conditions", "archwright-source", program, file];
  return spawn(process.execPath, batches === undefined ? options : [...options, String(batches)], { stdio: ["ignore", "pipe", "inherit"] });
}

function inputError(action: () => unknown): InputError {
  try {
    action();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the file", () => {
  test("is made with its folder, and keeps what was written", () => {
    const file = join(folder, "new", "folder", "store.db");
    const first = openStore(file);
    const { id } = first.createRun(plan);
    first.addTrials(id, [exampleTrial(0)]);
    first.putWeights(id, 0, Float32Array.of(1.5));
    first.close();
    const second = openStore(file);
    expect([...second.trials(id)]).toEqual([exampleTrial(0)]);
    expect(second.weights(id, 0)).toEqual(Float32Array.of(1.5));
    second.close();
  });

  test("has another version for a reader once another connection has written", () => {
    const file = newFile();
    const writer = openStore(file);
    const { id } = writer.createRun(plan);
    const reader = openStoreForReading(file);
    const before = reader.version();
    expect(reader.version()).toBe(before);
    writer.addTrials(id, [exampleTrial(0)]);
    expect(reader.version()).not.toBe(before);
    reader.close();
    writer.close();
  });

  test("takes many trials at once, or none of them where a number is taken", () => {
    const store = openStore(newFile());
    const { id } = store.createRun(plan);
    const trials = Array.from({ length: 47 }, (_, number) => exampleTrial(number));
    store.addTrials(id, trials);
    expect([...store.trials(id)]).toEqual(trials);
    expect(() =>
      store.addTrials(
        id,
        Array.from({ length: 45 }, (_, i) => exampleTrial(90 - i)),
      ),
    ).toThrow();
    expect([...store.trials(id)]).toEqual(trials);
    store.close();
  });

  test("holds everything by itself once closed, so that it can be copied", () => {
    const file = newFile();
    const store = openStore(file);
    const { id } = store.createRun(plan);
    store.addTrials(id, [exampleTrial(0)]);
    store.close();
    const copy = newFile();
    copyFileSync(file, copy);
    const copied = openStore(copy);
    expect([...copied.trials(id)]).toHaveLength(1);
    copied.close();
  });

  test("keeps numbers in blocks whoever writes in turn, and none of what was not written", () => {
    const file = newFile();
    const [one, other] = [openStore(file), openStore(file)];
    const { id } = one.createRun(plan);
    let number = 0;
    for (let turn = 0; turn < 40; turn++) {
      const store = turn % 3 === 0 ? other : one;
      store.addTrials(
        id,
        Array.from({ length: 90 }, () => exampleTrial(number++)),
      );
      // The last of them is taken, so that none is written.
      const refused = Array.from({ length: 50 }, (_, i) => exampleTrial(number + 50 - i));
      expect(() => store.addTrials(id, [...refused, exampleTrial(0)])).toThrow();
    }
    const followed = new FollowedRun(one, id);
    followed.update();
    expect(followed.columns.count).toBe(number);
    expect([...(followed.columns.numbers("score") ?? [])]).toEqual(Array.from({ length: number }, (_, i) => exampleTrial(i).score));
    const connection = new Database(file);
    const rows = connection.prepare("SELECT until FROM trial_blocks ORDER BY until").all() as { until: number }[];
    connection.close();
    expect(rows.map(({ until }) => until >= 1024 && until <= number)).toEqual([true, true, true]);
    one.deleteRun(id);
    expect(other.blocks(id).blocks).toEqual([]);
    one.close();
    other.close();
  });

  test("is shared by stores opened side by side", () => {
    const file = newFile();
    const [one, other] = [openStore(file), openStore(file)];
    const { id } = one.createRun(plan);
    one.addTrials(id, [exampleTrial(0)]);
    other.addTrials(id, [exampleTrial(1)]);
    expect([...one.trials(id)].map((trial) => trial.number)).toEqual([0, 1]);
    other.deleteRun(id);
    expect(() => one.addTrials(id, [exampleTrial(2)])).toThrow();
    expect([...one.trials(id)]).toEqual([]);
    one.close();
    other.close();
  });

  test("refuses numbers that JSON cannot hold instead of changing them", () => {
    const store = openStore(newFile());
    const { id } = store.createRun(plan);
    expect(() => store.addTrials(id, [exampleTrial(0), { ...exampleTrial(1), objectives: [Number.POSITIVE_INFINITY] }])).toThrow(
      /Infinity/,
    );
    expect([...store.trials(id)]).toEqual([]);
    store.close();
  });
});

describe("a file that is no sound store is refused, named, and left as it is:", () => {
  function filledStore(trials: number): string {
    const file = newFile();
    const store = openStore(file);
    const { id } = store.createRun(plan);
    store.addTrials(
      id,
      Array.from({ length: trials }, (_, number) => exampleTrial(number)),
    );
    store.close();
    return file;
  }

  function expectRefused(file: string, message: RegExp): void {
    const before = readFileSync(file);
    const error = inputError(() => openStore(file));
    expect(error.message).toMatch(message);
    expect(error.place?.file).toBe(file);
    expect(error.expected).toBeTruthy();
    expect(error.advice).toBeTruthy();
    expect(readFileSync(file).equals(before)).toBe(true);
  }

  test("a text", () => {
    const file = newFile();
    writeFileSync(file, "name: quickstart\nspace: nasbench201\n");
    expectRefused(file, /not a store: file is not a database/);
  });

  test("a file of a few bytes", () => {
    const file = newFile();
    writeFileSync(file, "SQLite");
    expectRefused(file, /not a store: file is not a database/);
  });

  test("another program's SQLite file", () => {
    const file = newFile();
    const database = new Database(file);
    database.exec("CREATE TABLE bookmarks (url TEXT)");
    database.close();
    expectRefused(file, /another program/);
  });

  test("a store of a newer version", () => {
    const file = filledStore(3);
    const database = new Database(file);
    database.exec("PRAGMA user_version = 9");
    database.close();
    expectRefused(file, /newer version of Archwright \(its schema is 9\)/);
  });

  test("a store cut short", () => {
    const file = filledStore(300);
    truncateSync(file, 8192);
    expectRefused(file, /damaged/);
  });

  test("a store with garbage in the middle", () => {
    const file = filledStore(300);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096 * 5, 4096 * 20);
    writeFileSync(file, bytes);
    expectRefused(file, /damaged/);
  });

  test("damage that happens while it is open is named by the call that meets it", () => {
    const file = filledStore(10_000);
    const store = openStore(file);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096 * 20);
    writeFileSync(file, bytes);
    const error = inputError(() => [...store.trials("shared-1")]);
    expect(error.message).toMatch(/damaged/);
    expect(error.place?.file).toBe(file);
  });

  test.each([
    ["a folder", () => folder],
    ["a path through a file", () => join(filledStore(1), "store.db")],
  ])("%s", (_, path) => {
    const file = path();
    const error = inputError(() => openStore(file));
    expect(error.message).toMatch(/cannot be opened or written/);
    expect(error.place?.file).toBe(file);
  });

  test.skipIf(process.getuid === undefined || process.getuid() === 0)("a folder that may not be written to (not tested as root)", () => {
    const locked = join(folder, "locked");
    mkdirSync(locked, { mode: 0o500 });
    expect(inputError(() => openStore(join(locked, "store.db"))).message).toMatch(/cannot be opened or written/);
  });
});

describe("a store opened for reading", () => {
  function storeOf(fill: (store: Store) => void): string {
    const file = newFile();
    const store = openStore(file);
    fill(store);
    store.close();
    return file;
  }

  test("gives what is in it, takes nothing, and leaves no file and no byte changed", () => {
    const file = storeOf((store) => store.addTrials(store.createRun(plan).id, [exampleTrial(0)]));
    const before = [readFileSync(file), readdirSync(dirname(file))];
    const store = openStoreForReading(file);
    expect([...store.trials("shared-1")]).toEqual([exampleTrial(0)]);
    expect(() => store.createRun(plan)).toThrow();
    expect(() => store.addTrials("shared-1", [exampleTrial(1)])).toThrow();
    store.close();
    expect([readFileSync(file), readdirSync(dirname(file))]).toEqual(before);
  });

  test("sees what another process is writing", () => {
    const file = newFile();
    const writer = openStore(file);
    writer.createRun(plan);
    const reader = openStoreForReading(file);
    expect(reader.runs()).toHaveLength(1);
    writer.createRun(plan);
    expect(reader.runs()).toHaveLength(2);
    reader.close();
    writer.close();
  });

  test("of the first version is read from a copy, and stays as it is", () => {
    const file = newFile();
    const database = new Database(file);
    database.exec(`PRAGMA journal_mode = WAL; ${migrations[0]}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`);
    database.exec(
      "INSERT INTO runs VALUES (1, 'old-1', 'old', '{}', 'hash', 7, 'running', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 4711, 1.5, NULL)",
    );
    database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
    database.close();
    const before = readFileSync(file);
    const copies = mkdtempSync(join(folder, "copies-"));
    vi.stubEnv("TMPDIR", copies);
    const store = openStoreForReading(file);
    expect(store.runs()).toMatchObject([{ id: "old-1", seed: 7, owner: { pid: 4711 } }]);
    store.close();
    expect(readFileSync(file).equals(before)).toBe(true);
    vi.unstubAllEnvs();
    expect(readdirSync(copies)).toEqual([]);
    const writing = openStore(file);
    expect(writing.updateRun("old-1", { owner: undefined })).toMatchObject({ id: "old-1", seconds: 1.5 });
    writing.close();
  });

  test("gives experiments in today's shape, and says of a newer one only when it is asked for", () => {
    const file = storeOf((store) => void store.createRun(plan));
    const database = new Database(file);
    const older = { ...exampleExperiment, version: 1, devices: [{ kind: "analytic", name: "board" }] };
    database.prepare("UPDATE runs SET experiment = ?").run(JSON.stringify(older));
    const store = openStoreForReading(file);
    expect(store.runs()[0]?.experiment).toEqual({ ...exampleExperiment, devices: [{ kind: "profile", name: "board" }] });
    database.prepare("UPDATE runs SET experiment = ?").run(JSON.stringify({ ...older, version: 99 }));
    database.close();
    const [run] = store.runs();
    expect(run?.id).toBe("shared-1");
    expect(() => run?.experiment).toThrow("experiments of version 99");
    store.close();
  });

  test("is not made where it is absent", () => {
    const file = join(folder, "absent", "store.db");
    expect(inputError(() => openStoreForReading(file)).message).toMatch(/cannot be read/);
    expect(existsSync(dirname(file))).toBe(false);
  });
});

test("a store whose trials have standard deviations opens, with 95 % intervals in their place and every digit kept", () => {
  const file = newFile();
  const database = new Database(file);
  database.exec(migrations[0] as string);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`);
  const value = 2.189473379629631;
  const logSd = 0.3;
  const sd = value * Math.sqrt(Math.exp(logSd ** 2) * Math.expm1(logSd ** 2));
  const analytic = { value, sd: 0, source: "analytic" };
  const devices = {
    local: { estimates: { latencyMs: analytic, energyMj: { value: 7, sd: 0, source: "analytic" } }, measurements: [{ value }] },
    board: { estimates: { latencyMs: analytic, energyMj: { value: 0, sd: 0, source: "analytic" } }, measurements: [] },
    "my.phone": { estimates: { latencyMs: { value, sd, source: "predicted" } }, measurements: [] },
    column: { estimates: { latencyMs: { value, sd: 0, source: "table" } }, measurements: [] },
    silent: { estimates: {}, measurements: [] },
  };
  const excess = { device: "my.phone", cost: "latencyMs", value: 1.125, budget: 1 };
  const rest = { fidelity: { epochs: 1 }, seed: 1, excesses: [excess], devices, seconds: 0.1 };
  database.exec("INSERT INTO runs VALUES (1, 'old-1', 'old', '{}', 'hash', 0, 'done', 'then', 'then', NULL, 1, NULL)");
  const insert = database.prepare("INSERT INTO trials VALUES (1, ?, 'a', 'infeasible', ?, NULL, ?)");
  insert.run(0, "predicted", JSON.stringify(rest));
  insert.run(1, "valid", JSON.stringify({ ...rest, devices: {}, excesses: [] }));
  database.close();

  const store = openStore(file);
  const [trial, empty] = [...store.trials("old-1")];
  const changes = store.changes("old-1");
  store.close();
  const unknown = { low95: null, high95: null };
  const interval = { low95: expect.closeTo(value * Math.exp(-1.99 * logSd), 9), high95: expect.closeTo(value * Math.exp(1.99 * logSd), 9) };
  expect(trial?.devices).toEqual({
    local: {
      estimates: {
        latencyMs: { value, ...unknown, source: "analytic", profile: "laptop-cpu" },
        energyMj: { value: 7, ...unknown, source: "analytic", profile: "laptop-cpu" },
      },
      measurements: [{ value }],
    },
    board: { estimates: { latencyMs: { value, ...unknown, source: "analytic" } }, measurements: [] },
    "my.phone": { estimates: { latencyMs: { value, ...interval, source: "predicted" } }, measurements: [] },
    column: { estimates: { latencyMs: { value, ...unknown, source: "table" } }, measurements: [] },
    silent: { estimates: {}, measurements: [] },
  });
  expect(trial?.excesses).toEqual([{ device: "my.phone", cost: "latencyMs", value, low95: 1.125, budget: 1 }]);
  expect(empty).toMatchObject({ number: 1, devices: {}, excesses: [] });
  expect(changes.trials.map(({ number }) => number)).toEqual([0, 1]);
});

describe("several processes", () => {
  test("a killed one leaves whole trials, in order, and its store opens", async () => {
    const file = newFile();
    const rng = createRng("killed writer");
    for (let round = 0; round < 3; round++) {
      const child = startWriter(file);
      if (!child.stdout) throw new Error("no output");
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      await new Promise((resolve) => setTimeout(resolve, 5 + rng.int(145)));
      child.kill("SIGKILL");
      await once(child, "exit");
      const store = openStore(file);
      const id = line.toString().trim();
      const trials = [...store.trials(id)];
      expect(trials).toEqual(trials.map((_, number) => fixtureTrial(number)));
      expect(trials.length % 50).toBe(0);
      // Weights are put after their batch, so at most those of the last batch are missing.
      const batches = trials.length / 50;
      for (let batch = 0; batch < batches - 1; batch++) expect(store.weights(id, batch)).toHaveLength(1000);
      expect(store.run(id)?.status).toBe("running");
      store.close();
    }
  });

  test("two that start on the same new file get different runs and lose nothing", async () => {
    const file = newFile();
    const children = [startWriter(file, 40), startWriter(file, 40)];
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([0, 0]);
    const store = openStore(file);
    expect(store.runs().map((run) => run.id)).toEqual(["shared-1", "shared-2"]);
    for (const { id } of store.runs()) expect([...store.trials(id)]).toHaveLength(2000);
    store.close();
  });
});

test("takes ten thousand trials in batches, and gives them back", () => {
  const count = 10_000;
  const store = openStore(newFile());
  const { id } = store.createRun(plan);
  const trials = Array.from({ length: count }, (_, number) => exampleTrial(number));
  for (let from = 0; from < count; from += 50) store.addTrials(id, trials.slice(from, from + 50));
  expect([...store.trials(id)]).toHaveLength(count);
  const { cursor } = store.changes(id, { trials: count - 1, events: 0 });
  store.updateTrial(id, { ...exampleTrial(17), testScore: 1 });
  expect(store.changes(id, cursor).trials.map(({ number }) => number)).toEqual([17]);
  store.close();
});
