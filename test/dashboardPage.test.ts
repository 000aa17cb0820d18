/** The dashboard's page in a real browser: its frame, its addresses, and the list of runs. */
import { describe, expect, it, vi } from "vitest";
import { browserIsInstalled } from "./support/dashboard/browser.ts";
import { madeUpPoints, madeUpRun, madeUpStore } from "./support/dashboard/madeUp.ts";
import { barriersOf, usePages } from "./support/dashboard/page.ts";
import { full } from "./support/tier.ts";

vi.setConfig({ testTimeout: 60_000 });

describe.runIf(browserIsInstalled)("the page", () => {
  const open = usePages();

  it("lists many runs, finds and sorts them", async () => {
    const store = madeUpStore(0, full ? 1000 : 240);
    const odd = madeUpRun("odd-one", { experiment: "needle in the hay", seed: 77, created_at: "2020-01-01T00:00:00.000Z" });
    store.runs.push(odd);
    const { page, complaints } = await open(store);
    await page.getByText(`${full ? "1,001" : "241"} in this store`).waitFor();
    const rows = page.locator("tbody tr");
    const first = await rows.count();
    expect(first).toBeGreaterThan(20);
    expect(first).toBeLessThan(200);
    // Whoever scrolls to the end sees the last.
    await expect
      .poll(
        async () => {
          await page.evaluate("scrollTo(0, document.body.scrollHeight)");
          return await rows.count();
        },
        { timeout: 20_000 },
      )
      .toBe(full ? 1001 : 241);
    await page.getByRole("searchbox").fill("hay needle");
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByRole("searchbox").fill("no such run anywhere");
    await page.getByText("No run matches").waitFor();
    await page.getByRole("button", { name: "Show all runs" }).click();
    await page.getByRole("columnheader", { name: "Began" }).getByRole("button").click();
    await expect.poll(() => rows.first().textContent()).toContain("needle in the hay");
    expect(await page.getByRole("columnheader", { name: "Began" }).getAttribute("aria-sort")).toBe("ascending");
    expect(complaints).toEqual([]);
  });

  it("shows new runs without being asked, also after the server was away", async () => {
    const store = madeUpStore(0, 1);
    const { page, api } = await open(store);
    await page.getByText("Live", { exact: true }).waitFor();
    store.runs = [madeUpRun("second", { experiment: "the second" }), ...store.runs];
    api.send("runs", { changed: ["second"], deleted: [] });
    await page.getByRole("link", { name: "the second" }).waitFor();
    store.runs = [madeUpRun("third", { experiment: "the third" }), ...store.runs];
    api.hangUp();
    await page.getByRole("link", { name: "the third" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
  });

  it("says what to do where there is nothing, and where something is wrong", async () => {
    const store = madeUpStore(0, 0);
    const { page } = await open(store);
    await page.getByText("archwright search").waitFor();
    await page.goto(page.url().replace(/#.*/, "#/no/such/place"));
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await page.getByRole("link", { name: "Devices" }).click();
    await page.getByText("A microcontroller").waitFor();
    expect(await page.title()).toBe("Devices · Archwright");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Devices");
  });

  it("compares runs that were ticked", async () => {
    const store = madeUpStore(0, 3);
    for (const { id } of store.runs) store.points[id] = [madeUpPoints(200, { run: id, seed: id })];
    const { page, complaints } = await open(store);
    for (const box of (await page.getByRole("checkbox", { name: /^Compare/ }).all()).slice(0, 2)) await box.check();
    await page.getByRole("link", { name: "Compare 2 runs" }).click();
    await page.getByRole("img", { name: "Fronts of 2 runs: validation accuracy over latency on stm32f746, predicted" }).waitFor();
    await page.getByRole("img", { name: /^The area that the front of each of 2 runs dominates/ }).waitFor();
    const corners = () =>
      page.locator("section .halves path.line").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")?.length ?? 0));
    expect((await corners()).filter((length) => length > 40)).toHaveLength(4);
    await page.getByRole("combobox", { name: "Across" }).selectOption("flash_bytes@raspberry-pi-4");
    await page.getByRole("img", { name: "Fronts of 2 runs: validation accuracy over flash on raspberry-pi-4, computed" }).waitFor();
    if (full) expect(await barriersOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("keeps the chosen colours", async () => {
    const { page } = await open(madeUpStore(0, 3));
    const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await page.getByLabel("Colours").selectOption("dark");
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByText("3 in this store").waitFor();
    expect(await background()).toBe(dark);
  });

  it.each([[1280, "light"], [390, "dark"], ...(full ? [[1280, "dark"] as const, [390, "light"] as const] : [])] as const)(
    "is open to everybody and fits %i pixels, %s",
    async (width, colorScheme) => {
      const { page, complaints } = await open(madeUpStore(0, 4), "#/", { viewport: { width, height: 844 }, colorScheme });
      await page.getByText("4 in this store").waitFor();
      expect(await barriersOf(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(complaints).toEqual([]);
    },
  );
});
