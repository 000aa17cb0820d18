/**
 * Times the dashboard's page in a headless Chromium that draws with the processor: frames while the slider of a budget is dragged
 * over `--trials` trials for `--seconds`, and the first paint with `--runs` runs. Prints two tables; see README.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { buildPage } from "../../packages/dashboard/build.mjs";
import { openBrowser } from "../../test/support/dashboard/browser.ts";
import { serveFakeApi } from "../../test/support/dashboard/fakeApi.ts";
import { madeUpStore } from "../../test/support/dashboard/madeUp.ts";

const { values: flags } = parseArgs({
  options: {
    trials: { type: "string", default: "100000" },
    seconds: { type: "string", default: "5" },
    runs: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
  },
});
const [trials, seconds, runs, rounds] = [flags.trials, flags.seconds, flags.runs, flags.rounds].map(Number) as [
  number,
  number,
  number,
  number,
];

/** What the page is told to keep of each frame, and gives back. */
const recorder = `(() => {
  const kept = (window.kept = { frames: [], counts: new Set() });
  const canvas = document.querySelector(".area canvas");
  let before = performance.now();
  const next = (now) => {
    kept.frames.push(now - before);
    kept.counts.add(canvas.dataset.within + " " + canvas.dataset.front);
    before = now;
    if (window.kept === kept) requestAnimationFrame(next);
  };
  requestAnimationFrame((now) => { before = now; requestAnimationFrame(next); });
})()`;

const folder = mkdtempSync(join(tmpdir(), "dashboard-speed-"));
await buildPage(folder);
const api = await serveFakeApi(folder, madeUpStore(trials, runs));
const browser = await openBrowser(["--disable-gpu"]);
try {
  console.log(
    "| round | frames | median ms | 95 % ms | longest ms | different counts | loading s |\n| --- | --- | --- | --- | --- | --- | --- |",
  );
  for (let round = 1; round <= rounds; round++) console.log(`| ${round} | ${(await drag(browser)).join(" | ")} |`);
  console.log("\n| round | first paint of the list, ms | rows there, ms |\n| --- | --- | --- |");
  for (let round = 1; round <= rounds; round++) console.log(`| ${round} | ${(await firstPaint(browser)).join(" | ")} |`);
} finally {
  await browser.close();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
}

async function drag(browser: Browser): Promise<readonly (string | number)[]> {
  const page = await openPage(browser);
  const begun = performance.now();
  await page.goto(`${api.address}#/runs/${api.store.runs[0]?.id}`);
  await page.getByText(`${trials.toLocaleString("en")} trials`, { exact: true }).waitFor({ timeout: 120_000 });
  const loading = (performance.now() - begun) / 1000;
  const slider = page.getByRole("slider", { name: "latency, predicted" }).first();
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  if (!box) throw new Error("there is no slider");
  const [left, right, y] = [box.x + 8, box.x + box.width - 8, box.y + box.height / 2];
  await page.mouse.move(right, y);
  await page.mouse.down();
  await page.evaluate(recorder);
  const start = performance.now();
  const moves: Promise<void>[] = [];
  for (;;) {
    const passed = (performance.now() - start) / 1000;
    if (passed > seconds) break;
    // To the left and back, once in two and a half seconds.
    const share = Math.abs(((passed / 1.25) % 2) - 1);
    // As often as a mouse tells of its place, whether the page keeps up or not.
    moves.push(page.mouse.move(left + share * (right - left), y));
    await delay(8);
  }
  await Promise.all(moves);
  const { frames, counts } = (await page.evaluate(
    "(() => { const { frames, counts } = kept; kept = undefined; return { frames, counts: counts.size }; })()",
  )) as {
    frames: number[];
    counts: number;
  };
  await page.mouse.up();
  await page.context().close();
  frames.sort((a, b) => a - b);
  const at = (share: number) => (frames[Math.min(frames.length - 1, Math.floor(share * frames.length))] ?? Number.NaN).toFixed(1);
  return [frames.length, at(0.5), at(0.95), at(1), counts, loading.toFixed(1)];
}

async function firstPaint(browser: Browser): Promise<readonly string[]> {
  const page = await openPage(browser);
  await page.goto(api.address);
  await page.locator("tbody tr").first().waitFor();
  // Rows are there within the frame after they were put into the document.
  const [paint, rows] = (await page.evaluate(
    "new Promise((done) => requestAnimationFrame((now) => done([performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN, now])))",
  )) as [number, number];
  await page.context().close();
  return [paint.toFixed(0), rows.toFixed(0)];
}

async function openPage(browser: Browser): Promise<Page> {
  return (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
}
