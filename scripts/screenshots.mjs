// Takes the pictures of the dashboard under docs/images: `node scripts/screenshots.mjs` after `npm run build`. Needs a Chromium.
// They show real runs: searches over the tables of NAS-Bench-201 that the tests read, which train nothing and take seconds.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createDashboard, serveDashboard } from "@archwright/dashboard";
import { openStore } from "@archwright/engine";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const pictures = join(root, "docs/images");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) => existsSync(file));
if (executablePath === undefined) throw new Error("no Chromium found: install one, such as with apt-get install chromium");

const folder = mkdtempSync(join(tmpdir(), "screenshots-"));
const storeFile = join(folder, "store.db");
for (const [algorithm, seed] of [
  ["random", 0],
  ["nsga2", 0],
  ["nsga2", 1],
]) {
  writeFileSync(
    join(folder, "cells.yaml"),
    `name: cifar100-cells
space: nasbench201
accuracy: { file: ${join(root, "test/data/nasbench201/accuracy.csv")}, column: cifar100_valid }
devices:
  - { name: pixel3, latency_table: { file: ${join(root, "test/data/nasbench201/latency.csv")}, column: pixel3 } }
  - { name: stm32f746, budgets: { latency: 3s, peak_memory: 300KiB } }
  - { name: raspberry-pi-4 }
objectives: [error, latency@pixel3]
search: { algorithm: ${algorithm}, evaluations: 400 }
`,
  );
  const program = join(root, "packages/cli/bin/archwright.js");
  const args = [program, "search", join(folder, "cells.yaml"), "--seed", String(seed), "--store", storeFile];
  execFileSync(process.execPath, args, { stdio: "ignore" });
}

const store = openStore(storeFile);
const server = await serveDashboard(createDashboard({ store, storeFile, version: "0", host: "localhost" }), { host: "localhost", port: 0 });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const { runs } = await (await fetch(`${server.url}/api/runs`)).json();
  for (const [size, viewport] of [
    ["desktop", { width: 1280, height: 900 }],
    ["phone", { width: 390, height: 844 }],
  ]) {
    for (const colorScheme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport, colorScheme });
      const page = await context.newPage();
      const take = async (name) => {
        await page.getByText("Live", { exact: true }).waitFor();
        // What has just changed is drawn with the next frame.
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
        await page.screenshot({ path: join(pictures, `dashboard-${name}-${size}-${colorScheme}.png`) });
      };
      await showRun(page, runs[0].id, size);
      await take("run");
      if ((size === "desktop") === (colorScheme === "light")) {
        await page.goto(`${server.url}/#/`);
        await page.locator("tbody tr").first().waitFor();
        await take("runs");
        await page.goto(`${server.url}/#/compare?${new URLSearchParams(runs.map(({ id }) => ["run", id]))}`);
        await page.getByRole("img", { name: /^The area/ }).waitFor();
        await take("compare");
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await server.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
}

/** The front under limits, two trials pinned, a third one looked at. */
async function showRun(page, run, size) {
  const settings = new URLSearchParams({ x: "latency_ms@pixel3", y: "accuracy", colour: "flash_bytes@stm32f746" });
  settings.append("limit", "latency_ms@pixel3:18");
  settings.append("limit", "accuracy:50");
  await page.goto(`${server.url}/#/runs/${encodeURIComponent(run)}?${settings}`);
  await page.locator("[data-count=front]", { hasText: /[1-9]/ }).waitFor();
  if (size === "phone") await page.locator("#plot-title").evaluate((title) => title.scrollIntoView());
  const plot = page.getByRole("application");
  await plot.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "Enter", "ArrowRight", "ArrowRight", "ArrowRight", "Enter", "ArrowRight"]) {
    await page.keyboard.press(key);
  }
  // From here on by the pointer, without the ring around what the keyboard is at.
  const cursor = await page.locator(".over .cursor").boundingBox();
  await plot.blur();
  await page.mouse.move(cursor.x + cursor.width / 2, cursor.y + cursor.height / 2);
  await page.locator(".tip .mono", { hasText: "|" }).waitFor();
}
