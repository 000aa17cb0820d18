/** What the version of 26 November 2026 (commit a418d9e) wrote is read as it was: a store, and a fitted device. See test/data. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";

const folder = createFolder();
const data = (file: string) => readFileSync(new URL(`data/olderVersions/${file}`, import.meta.url));
const json = (file: string) => JSON.parse(data(file).toString()) as Record<string, unknown>;

it("a store gives the same front", async () => {
  writeFileSync(join(folder.path, "old.db"), gunzipSync(data("store.db.gz")));
  const { code, stdout, stderr } = await folder.run("pareto", "--store", "old.db", "--json");
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual(json("pareto.json"));
});

it("a run in it goes on where it asks for more, and its trials stay", async () => {
  writeFileSync(join(folder.path, "old.db"), gunzipSync(data("store.db.gz")));
  writeFileSync(join(folder.path, "more.yaml"), data("experiment.yaml").toString().replace("evaluations: 5", "evaluations: 7"));
  const before = folder.trials("before-1", join(folder.path, "old.db"));
  const { code, stdout, stderr } = await folder.run("search", "more.yaml", "--resume", "--store", "old.db", "--json");
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ run: "before-1", summary: { evaluations: 7 } });
  const after = folder.trials("before-1", join(folder.path, "old.db"));
  expect(before.length).toBeGreaterThan(0);
  expect(after.length).toBeGreaterThan(before.length);
  for (const { number, architecture, score, objectives } of before) {
    expect(after[number]).toMatchObject({ architecture, ...(score === undefined ? {} : { score, objectives }) });
  }
});

it("a fitted device predicts the same", async () => {
  mkdirSync(join(folder.path, ".archwright", "devices"), { recursive: true });
  writeFileSync(join(folder.path, ".archwright", "devices", "board.fitted.json"), gunzipSync(data("board.fitted.json.gz")));
  const { target, estimates } = json("estimate.json") as { target: string; estimates: { latency_ms: Record<string, number> } };
  const { code, stdout, stderr } = await folder.run("estimate", target, "--device", "board", "--json");
  expect(code, stderr).toBe(0);
  const { latency_ms } = (JSON.parse(stdout) as { estimates: { latency_ms: Record<string, number | string> } }).estimates;
  expect(latency_ms.source).toBe("predicted");
  for (const key of ["value", "low95", "high95"]) {
    expect((latency_ms[key] as number) / (estimates.latency_ms[key] as number)).toBeCloseTo(1, 9);
  }
});
