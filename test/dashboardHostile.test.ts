/** Names that want to be more than names: the dashboard's page shows them as text, and nothing of it breaks. */
import type { ColumnAnswer, PointsAnswer } from "@archwright/dashboard";
import { describe, expect, it, vi } from "vitest";
import { browserIsInstalled } from "./support/dashboard/browser.ts";
import { madeUpDetail, madeUpPoints, madeUpRun, madeUpStore, madeUpTrial } from "./support/dashboard/madeUp.ts";
import { usePages } from "./support/dashboard/page.ts";

vi.setConfig({ testTimeout: 60_000 });

const markup = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>{{7*7}}`;
const long = `${markup}${"a".repeat(10_000_000)}`;
const id = `../../etc/passwd?x=1#y&"'<b>%2e%2e%00`;

/** The same trials on a device of this name. */
function onDevice(points: PointsAnswer, device: string): PointsAnswer {
  const renamed = (name: string) => name.replace("@stm32f746", `@${device}`);
  const columns = points.columns.map(
    (column): ColumnAnswer => ({
      ...column,
      name: renamed(column.name),
      device: column.device === "stm32f746" ? device : column.device,
      title: column.kind === "cost" ? `${column.title} ${markup}` : column.title,
    }),
  );
  const values = Object.fromEntries(Object.entries(points.values).map(([name, list]) => [renamed(name), list]));
  return { ...points, columns, values, low95: {}, high95: {} };
}

describe.runIf(browserIsInstalled)("hostile names", () => {
  const open = usePages();

  it("show as text in lists, plots and tables, however long they are", async () => {
    const store = madeUpStore(0, 0);
    const run = madeUpRun(id, { experiment: long });
    store.runs = [run, madeUpRun("plain", { experiment: markup })];
    store.details = { [id]: { ...madeUpDetail(run), algorithm: long, space: { name: markup } } };
    store.points = { [id]: [onDevice(madeUpPoints(100, { run: id }), markup)] };
    store.trial = (_, number) => madeUpTrial(number, long);
    const { page, complaints } = await open(store);
    await page.getByRole("link", { name: markup, exact: true }).waitFor();
    await page.getByRole("searchbox").fill("etc/passwd");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.locator("tbody th a").click();
    await page.getByText("100 trials", { exact: true }).waitFor();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("<img src=x");
    await page.getByRole("application").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.locator(".pinned .network", { hasText: "<img src=x" }).waitFor();
    // The address keeps a limit on a column of any name.
    const typed = page.getByRole("textbox", { name: /^Limit of latency .* predicted in ms$/ }).first();
    await typed.fill("20");
    await typed.press("Enter");
    const within = () => page.locator("[data-count=within]").textContent();
    await expect.poll(within).not.toBe("0");
    const kept = await within();
    await page.reload();
    await page.getByText("100 trials", { exact: true }).waitFor();
    await expect.poll(within).toBe(kept);
    await page.locator(".pinned thead a").click();
    await page.locator("pre", { hasText: "<img src=x" }).waitFor();
    expect(await page.evaluate("document.querySelectorAll('img, script:not([src]), b').length")).toBe(0);
    expect(await page.title()).not.toBe("taken");
    expect(await page.evaluate("document.body.textContent.length")).toBeLessThan(100_000);
    expect(complaints).toEqual([]);
  });

  it("of runs that do not exist lead to an error that says so", async () => {
    const { page } = await open(madeUpStore(0, 1), `#/runs/${encodeURIComponent(id)}`);
    await page.getByRole("alert").getByText("There is no such run.").waitFor();
    await page.getByText("It may have been deleted").waitFor();
  });
});
