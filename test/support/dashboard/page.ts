/** The dashboard's page, built from its sources and open in a browser, over made-up answers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { complaintsOf, openBrowser } from "./browser.ts";
import { type FakeApi, type FakeStore, serveFakeApi } from "./fakeApi.ts";

export interface OpenPage {
  readonly page: Page;
  readonly api: FakeApi;
  readonly complaints: readonly string[];
}

/** Gives what opens pages in a browser that lives as long as the file's tests. */
export function usePages(): (store: FakeStore, hash?: string, options?: BrowserContextOptions) => Promise<OpenPage> {
  const folder = mkdtempSync(join(tmpdir(), "archwright-page-"));
  const opened: FakeApi[] = [];
  let browser: Browser | undefined;
  beforeAll(async () => {
    const { buildPage } = await import("../../../packages/dashboard/build.mjs");
    [browser] = await Promise.all([openBrowser(), buildPage(folder)]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await Promise.all(opened.map((api) => api.close()));
    rmSync(folder, { recursive: true, force: true });
  });
  return async (store, hash = "#/", options = {}) => {
    if (!browser) throw new Error("the browser is not open yet");
    const api = await serveFakeApi(folder, store);
    opened.push(api);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(api.address + hash);
    return { page, api, complaints };
  };
}

/** What axe finds that keeps people out, as short texts. */
export async function barriersOf(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" ")}`);
}
