/** Stores that belong to somebody else, lie on a full or read-only disk, or are being written. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Ended, program } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

const folder = createFolder();
const isRoot = process.platform === "linux" && process.getuid?.() === 0;
/** Needs mounts and other users: skipped, and reported so, for whoever is not root on Linux. */
const asRoot = isRoot ? it : it.skip;

const reading = (store: string): readonly string[][] => [
  ["runs", "list", "--store", store],
  ["runs", "show", "--store", store],
  ["pareto", "--store", store],
  ["explain", "small-1", "0", "--store", store],
];

beforeAll(async () => {
  folder.write("small.yaml", experiment({ search: { algorithm: "nsga2", population: 4, evaluations: 3 } }));
  const { code, stderr } = await folder.run("search", "small.yaml", "--workers", "2");
  expect(code, stderr).toBe(0);
  chmodSync(folder.path, 0o755);
});

const mounts: string[] = [];
afterAll(() => {
  for (const mount of mounts) spawnSync("umount", [mount]);
});

/** A file system of its own of this size, which ends with the tests. */
function mountMemory(name: string, size: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
  mounts.push(path);
  return path;
}

function fill(path: string): void {
  const file = join(path, "filling");
  for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(bytes), { flag: "a" });
      } catch {
        break;
      }
    }
  }
}

/** A command of a user who may write nowhere here. */
function asNobody(...args: readonly string[]): Ended {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder.path,
    uid: 65534,
    gid: 65534,
    encoding: "utf8",
  });
  return { code: status, signal, stdout, stderr };
}

/** Whether another user may read this program at all, which depends on where it lies. */
const othersMayRun = isRoot && asNobody("--version").code === 0;

describe("reading commands", () => {
  it.skipIf(!othersMayRun)(
    "read somebody else's store, also where it was left in the middle of being written, and leave nothing there",
    () => {
      const left = join(folder.path, "left");
      cpSync(join(folder.path, ".archwright"), left, { recursive: true });
      // A WAL without its index, as a copied or restored store has it.
      const script = `import { openStore } from ${JSON.stringify(new URL("../packages/engine/dist/index.js", import.meta.url).href)};
      openStore(${JSON.stringify(join(left, "store.db"))}).updateRun("small-1", { seconds: 77 }); process.kill(process.pid, "SIGKILL");`;
      spawnSync(process.execPath, ["--input-type=module", "-e", script]);
      rmSync(join(left, "store.db-shm"));
      expect(statSync(join(left, "store.db-wal")).size).toBeGreaterThan(0);
      for (const place of [".archwright", "left"]) {
        const before = readdirSync(join(folder.path, place));
        for (const command of reading(join(place, "store.db"))) {
          const { code, stderr } = asNobody(...command);
          expect(code, `${command.join(" ")}\n${stderr}`).toBe(0);
        }
        expect(readdirSync(join(folder.path, place))).toEqual(before);
      }
      const { stdout } = asNobody("runs", "show", "--json", "--store", "left/store.db");
      expect(JSON.parse(stdout)).toMatchObject({ seconds: 77 });
    },
  );

  it.skipIf(!othersMayRun)("say so where a store may not be read, and a search where it may not be written", () => {
    const locked = join(folder.path, "locked.db");
    cpSync(folder.store, locked);
    chmodSync(locked, 0o600);
    const refused = asNobody("runs", "list", "--store", "locked.db");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/locked\.db: the store cannot be read/);
    const search = asNobody("search", "small.yaml");
    expect(search.code).toBe(2);
    expect(search.stderr).toMatch(/store\.db: the store cannot be opened or written/);
    for (const { stderr } of [refused, search]) expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });

  asRoot("work on a full disk, and on one that may not be written to", async () => {
    const full = mountMemory("full", "2m");
    cpSync(folder.store, join(full, "store.db"));
    fill(full);
    for (const command of reading("full/store.db")) {
      const { code, stderr } = await folder.run(...command);
      expect(code, `${command.join(" ")}\n${stderr}`).toBe(0);
    }
    const written = await folder.run("export", "small-1", "0", "--format", "json", "--output", "full/0.json", "--store", "full/store.db");
    expect(written.code).toBe(1);
    expect(written.stderr).toMatch(/full\/0\.json: cannot be written: the disk is full/);
    execFileSync("mount", ["-o", "remount,ro", full]);
    for (const command of reading("full/store.db")) expect((await folder.run(...command)).code, command.join(" ")).toBe(0);
  });
});

describe("a search", () => {
  asRoot("that fills the disk ends as a failed run with advice, and goes on when there is room", async () => {
    const full = mountMemory("filled", "500k");
    folder.write("long.yaml", experiment({ search: { algorithm: "random", evaluations: 40 }, training: { epochs: 1, batch_size: 32 } }));
    const args = ["search", "long.yaml", "--workers", "2", "--store", "filled/store.db"];
    const failed = await folder.run(...args);
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toContain("filled/store.db: the store cannot be written: the disk is full");
    expect(failed.stderr).toMatch(/continue run small-1 with: archwright search long\.yaml --resume small-1 --store filled\/store\.db$/m);
    expect(failed.stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect(await folder.json("runs", "list", "--store", "filled/store.db")).toMatchObject({ runs: [{ status: "failed" }] });

    execFileSync("mount", ["-o", "remount,size=50m", full]);
    const resumed = await folder.run(...args, "--resume", "small-1", "--json");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ status: "done", summary: { evaluations: 40, missing: [] } });
  });
});
