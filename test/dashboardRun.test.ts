/** The page of a run in a real browser: the plot, the limits, pinned trials, and how it grows while a search runs. */
import { createRng } from "@archwright/core/base";
import type { PointsAnswer } from "@archwright/dashboard";
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { browserIsInstalled } from "./support/dashboard/browser.ts";
import type { FakeStore } from "./support/dashboard/fakeApi.ts";
import { inPages, madeUpPoints, madeUpStore } from "./support/dashboard/madeUp.ts";
import { barriersOf, usePages } from "./support/dashboard/page.ts";
import { full } from "./support/tier.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Where the first run of a store is. */
const runOf = (store: FakeStore) => `#/runs/${store.runs[0]?.id}`;
const pointsOf = (store: FakeStore): PointsAnswer => {
  const answers = store.points[store.runs[0]?.id ?? ""] ?? [];
  const join = (name: string) => answers.flatMap(({ values }) => values[name] ?? []);
  const first = answers[0] as PointsAnswer;
  const values = Object.fromEntries(Object.keys(first.values).map((name) => [name, join(name)]));
  return { ...first, number: answers.flatMap(({ number }) => number), state: answers.flatMap(({ state }) => state), values };
};

const loaded = (page: Page, trials: string) => page.getByText(`${trials} trials`, { exact: true }).waitFor();
const within = (page: Page) => page.locator("[data-count=within]").textContent();
const onFront = (page: Page) => page.locator("[data-count=front]").textContent();
const count = (value: number) => value.toLocaleString("en");

/** How many trials are within limits, and how many of them no other beats by latency and accuracy. */
function expected({ state, values }: PointsAnswer, limits: Readonly<Record<string, number>>) {
  const rows = state.flatMap((code, i) =>
    code === 0 && Object.entries(limits).every(([name, limit]) => isWithin(values, name, limit, i)) ? [i] : [],
  );
  const points = rows.map((i) => ({ x: values["latency_ms@stm32f746"]?.[i] as number, y: values.accuracy?.[i] as number }));
  points.sort((a, b) => a.x - b.x || b.y - a.y);
  const front = points.filter(({ y }, i) => points.slice(0, i).every((other) => other.y < y));
  return { within: count(rows.length), front: count(front.length) };
}

function isWithin(values: PointsAnswer["values"], name: string, limit: number, i: number): boolean {
  const value = values[name]?.[i] ?? null;
  return value !== null && (name === "accuracy" ? value >= limit : value <= limit);
}

/** What the address says of the limits after the last change. */
const limitsOf = (page: Page) =>
  Object.fromEntries(
    new URLSearchParams(page.url().split("?")[1] ?? "")
      .getAll("limit")
      .map((text) => [text.slice(0, text.lastIndexOf(":")), Number(text.slice(text.lastIndexOf(":") + 1))]),
  );

describe.runIf(browserIsInstalled)("the page of a run", () => {
  const open = usePages();

  it("shows the front within the limits wherever the sliders are", async () => {
    const store = madeUpStore(3000, 1, 700);
    const { page, complaints } = await open(store, runOf(store));
    await loaded(page, "3,000");
    const points = pointsOf(store);
    await expect.poll(async () => ({ within: await within(page), front: await onFront(page) })).toEqual(expected(points, {}));
    await page.locator("summary", { hasText: "raspberry-pi-4" }).click();
    const sliders = await page.getByRole("slider").all();
    expect(sliders.length).toBe(12);
    const rng = createRng("sliders");
    for (let move = 0; move < (full ? 60 : 12); move++) {
      const slider = sliders[rng.int(sliders.length)] as (typeof sliders)[number];
      const box = await slider.boundingBox();
      if (!box) throw new Error("there is no slider");
      // Not to the tight end: there nothing is left.
      const isScore = (await slider.getAttribute("id"))?.includes("accuracy");
      const share = 0.35 + 0.65 * rng.next();
      await slider.click({ position: { x: (isScore ? 1 - share : share) * box.width, y: box.height / 2 } });
      await expect.poll(async () => ({ within: await within(page), front: await onFront(page) })).toEqual(expected(points, limitsOf(page)));
    }
    expect(Object.keys(limitsOf(page)).length).toBeGreaterThan(3);
    // The same again from the address alone.
    const before = { within: await within(page), front: await onFront(page) };
    await page.reload();
    await loaded(page, "3,000");
    await expect.poll(async () => ({ within: await within(page), front: await onFront(page) })).toEqual(before);
    expect(complaints).toEqual([]);
  });

  it("says what to loosen where nothing is left", async () => {
    const store = madeUpStore(400);
    const { page } = await open(store, runOf(store));
    await loaded(page, "400");
    const typed = page.getByRole("textbox", { name: "Limit of latency on stm32f746, predicted in ms" });
    await typed.fill("0.001");
    await typed.press("Enter");
    await page.getByText("No trial is within all limits").waitFor();
    await page.getByRole("button", { name: /^Lift latency, predicted/ }).click();
    await expect.poll(() => within(page)).toBe(expected(pointsOf(store), {}).within);
    await typed.fill("25");
    await typed.press("Enter");
    await expect.poll(() => within(page)).toBe(expected(pointsOf(store), { "latency_ms@stm32f746": 25 }).within);
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(() => within(page)).toBe(expected(pointsOf(store), {}).within);
  });

  it("tells of a trial under the pointer, pins it and compares", async () => {
    const store = madeUpStore(200);
    const { page, complaints } = await open(store, runOf(store));
    await loaded(page, "200");
    const plot = page.getByRole("application");
    await plot.focus();
    // By keyboard along the front.
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.getByText(/^relu stem-c16/).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^Let go of trial/ }).waitFor();
    expect(page.url()).toMatch(/pin=\d+/);
    // By mouse, where the keyboard's cursor stands next.
    await page.keyboard.press("ArrowRight");
    const cursor = await page.locator(".over .cursor").boundingBox();
    if (!cursor) throw new Error("there is no cursor");
    await page.mouse.click(cursor.x + cursor.width / 2, cursor.y + cursor.height / 2);
    await expect.poll(() => page.getByRole("button", { name: /^Let go of trial/ }).count()).toBe(2);
    const table = page.getByRole("region", { name: "Pinned" });
    await table
      .getByRole("row", { name: /latency on stm32f746, predicted/ })
      .getByText(" to ")
      .first()
      .waitFor();
    expect(await table.locator("strong").count()).toBeGreaterThan(2);
    await page
      .getByRole("button", { name: /^Let go of trial/ })
      .first()
      .click();
    await expect.poll(() => page.getByRole("button", { name: /^Let go of trial/ }).count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("zooms by wheel, box and keyboard, and comes back", async () => {
    const store = madeUpStore(300);
    const { page } = await open(store, runOf(store));
    await loaded(page, "300");
    const plot = page.getByRole("application");
    // A click on a button below may have scrolled the page.
    const boxOf = async () => {
      await plot.scrollIntoViewIfNeeded();
      return (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    };
    let box = await boxOf();
    const reset = page.getByRole("button", { name: "Reset" });
    const ticks = () => page.locator(".tick.across").allTextContents();
    await expect.poll(async () => (await ticks()).length).toBeGreaterThan(2);
    const whole = await ticks();
    const comesBack = async (by: () => Promise<void>) => {
      await expect.poll(ticks).not.toEqual(whole);
      await page.getByText(/outside of the view/).waitFor();
      await by();
      await expect.poll(ticks).toEqual(whole);
      expect(await reset.isDisabled()).toBe(true);
    };
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 3);
    await page.mouse.wheel(0, -400);
    await comesBack(() => reset.click());
    box = await boxOf();
    await page.mouse.move(box.x + 100, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 260, box.y + 200, { steps: 4 });
    await page.locator(".selection").waitFor();
    await page.mouse.up();
    await comesBack(() => page.mouse.dblclick(box.x + 50, box.y + 50));
    await plot.focus();
    await page.keyboard.press("+");
    await page.keyboard.press("Shift+ArrowRight");
    await comesBack(() => page.keyboard.press("0"));
  });

  it("moves to another device, and to other axes", async () => {
    const store = madeUpStore(300);
    const { page } = await open(store, runOf(store));
    await loaded(page, "300");
    await page.getByRole("combobox", { name: "Device" }).selectOption("raspberry-pi-4");
    expect(await page.getByRole("combobox", { name: "Across" }).inputValue()).toBe("latency_ms@raspberry-pi-4");
    await page.getByRole("application", { name: "Plot of validation accuracy over latency on raspberry-pi-4" }).waitFor();
    await page.getByRole("combobox", { name: "Colour", exact: true }).selectOption("macs");
    await page.locator(".ramp").waitFor();
    // Of an order neither way is better: there is no front, and the page says why.
    await page.getByRole("combobox", { name: "Across" }).selectOption("order");
    await page.getByText("Of one of the axes neither way is better").waitFor();
    expect(await onFront(page)).toBe("0");
    await page.getByText("It is known once the plot has two axes").waitFor();
    await page.getByRole("combobox", { name: "Across" }).selectOption("flash_bytes@stm32f746");
    await page.getByRole("img", { name: /^The area that the front .* dominates, after each of \d+ trials/ }).waitFor();
    await page.getByRole("img", { name: /^Trials across validation accuracy; latency on stm32f746, predicted/ }).waitFor();
    const budgets = page.getByRole("table", { name: "Over the experiment's budget" });
    await budgets.getByRole("row", { name: /^peak memory on stm32f746, computed ≤ 256/ }).waitFor();
  });

  it("shows hypervolume, gates and choices where the server works them out", async () => {
    const store = madeUpStore(100);
    const run = store.runs[0]?.id ?? "";
    const choice = (name: string, share: number) => ({ choice: name, share, low95: share - 0.05, high95: share + 0.05 });
    store.others[`/api/runs/${run}/progress`] = {
      hypervolume: { reference: [], steps: [1, 2, 3].map((i) => ({ trial: i, evaluations: 10 * i, seconds: 60 * i, hypervolume: 5 * i })) },
      gates: [{ gate: "analytic", reached: 480, passed: 437, stopped: 40, failed: 3 }],
      budgets: [{ name: "latency_ms@stm32f746", exceeded: 40, alone: 25, relaxed: [{ by: 0.1, limit: 66, passing: 7 }] }],
    };
    store.others[`/api/runs/${run}/choices`] = {
      importance: [
        { objective: "error", trials: 90, explained: 0.62, missing: null, choices: [choice("kernel 3", 0.41), choice("width", 0.2)] },
        { objective: "latency", trials: 12, explained: null, missing: "too few trials", choices: [] },
      ],
      best_options: {
        ...{ front: 10, others: 80 },
        options: [
          { choice: "kernel 3", option: "5x5", front: 9, others: 20, p_holm: 0.004 },
          { choice: "width", option: "32", front: 5, others: 30, p_holm: 0.6 },
        ],
      },
    };
    const { page, complaints } = await open(store, runOf(store));
    await page.getByRole("img", { name: "Hypervolume of all objectives over evaluations: 15 after 30 evaluations" }).waitFor();
    await page.getByRole("combobox", { name: "Over" }).selectOption("seconds");
    await page.getByRole("img", { name: /^Hypervolume of all objectives over seconds/ }).waitFor();
    await page.getByText("43 of 480, 3 failed").waitFor();
    await page.getByText("25 of 40 over it; 7 would pass if it were 10 % looser").waitFor();
    await page.getByRole("table", { name: "error depends on" }).getByRole("row", { name: "kernel 3 41 % (36 to 46)" }).waitFor();
    await page.getByText("Nothing can be said: too few trials (12 trials)").waitFor();
    const telling = page.getByRole("table", { name: "What the front has more often than the other feasible trials" });
    await telling.getByRole("row", { name: "kernel 3 5x5 9 20 0.004" }).waitFor();
    expect(await telling.getByRole("row").count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  it("grows while a search runs, and catches up after the server was away", async () => {
    const store = madeUpStore(0);
    const run = store.runs[0]?.id ?? "";
    const pages = inPages(madeUpPoints(300, { run }), 100);
    const once = (page: PointsAnswer): PointsAnswer => ({ ...page, more: false, front: [] });
    const answers = pages.map(once);
    store.points[run] = [{ ...once(madeUpPoints(0, { run })), cursor: "0" }];
    const { page, api } = await open(store, runOf(store));
    await page.getByText("No trials yet").waitFor();
    const grow = (to: number) => {
      store.points[run] = answers.slice(0, to);
    };
    grow(1);
    api.send("trials", { run });
    await loaded(page, "100");
    grow(2);
    api.send("trials", { run: "another" });
    api.send("trials", { run });
    await loaded(page, "200");
    await expect.poll(() => within(page)).toBe(expected(pointsOf(store), {}).within);
    await expect.poll(() => onFront(page)).toBe(expected(pointsOf(store), {}).front);
    grow(3);
    api.hangUp();
    await loaded(page, "300");
    await expect.poll(() => onFront(page)).toBe(expected(pointsOf(store), {}).front);
  });

  it.each([
    [390, "light"],
    ...(full
      ? ([
          [1280, "dark"],
          [1280, "light"],
          [390, "dark"],
        ] as const)
      : []),
  ] as const)("is open to everybody and fits %i pixels, %s", async (width, colorScheme) => {
    const store = madeUpStore(200);
    const { page, complaints } = await open(store, `${runOf(store)}?pin=1&pin=2`, { viewport: { width, height: 844 }, colorScheme });
    await loaded(page, "200");
    await page.getByRole("button", { name: "Let go of trial 1" }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
  });
});
