/** The documentation site: its navigation, its generated pages, and, in the tier `full`, the site as it is built. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { navigation, placeInSite, titleOf } from "../docs/.vitepress/navigation.ts";
import { generatedPages, root } from "../scripts/docs/pages.ts";
import { browserIsInstalled, openBrowser } from "./support/dashboard/browser.ts";
import { full } from "./support/tier.ts";

const filesIn = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(ending) && !/(^|\/)(node_modules|dist|\.vitepress)\//.test(file))
    .sort();

const inNavigation = navigation(root).flatMap(({ pages }) => pages);

describe("the navigation", () => {
  it("holds every page of docs, each once, and the pages that describe configs, examples and studies", () => {
    const pages = ["docs", "configs", "examples", "experiments"].flatMap((folder) =>
      filesIn(join(root, folder), folder === "docs" ? ".md" : "README.md").map((file) => `${folder}/${file}`),
    );
    expect(pages.length).toBeGreaterThan(100);
    expect(inNavigation.filter((page) => /^(docs|configs|examples|experiments)\//.test(page)).sort()).toEqual(pages.sort());
  });

  it("names pages that exist and have a title, at places of their own", () => {
    for (const page of inNavigation) expect(titleOf(root, page).length, page).toBeGreaterThan(3);
    const places = inNavigation.map(placeInSite);
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([]);
  });
});

test.each(Object.entries(generatedPages))("%s is what its program writes; else: npm run docs:generate", async (file, text) => {
  expect(readFileSync(join(root, file), "utf8")).toBe(await text());
});

const generator = join(root, "node_modules/vitepress/bin/vitepress.js");
const missing = existsSync(generator) ? "" : "VitePress is not installed; npm install";
if (full && missing) console.warn(`${missing}: tests of the site are skipped`);

describe.skipIf(!full || missing !== "")(`the site as it is built${missing && ` (skipped: ${missing})`}`, () => {
  const site = mkdtempSync(join(tmpdir(), "archwright-site-"));
  let pages: ReadonlyMap<string, string> = new Map();

  beforeAll(() => {
    // As a reader of a message sees it: without colours.
    const env = { ...process.env, NO_COLOR: "1" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [generator, "build", "docs", "--outDir", site], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    expect(status, stdout + stderr).toBe(0);
    pages = new Map(filesIn(site, ".html").map((file) => [file, readFileSync(join(site, file), "utf8")]));
  }, 600_000);
  afterAll(() => rmSync(site, { recursive: true, force: true }));

  it("has a page for each of the navigation", () => {
    expect([...pages.keys()]).toEqual([...inNavigation.map((page) => placeInSite(page).replace(/md$/, "html")), "404.html"].sort());
  });

  /** Files of the site that a page links to, with the anchor where there is one. */
  const linksOf = (page: string) =>
    [...(pages.get(page) ?? "").matchAll(/<a\b[^>]*\bhref="([^"]+)"/g)]
      .map(([, href = ""]) => new URL(href.replaceAll("&amp;", "&"), `http://site/${page}`))
      .filter(({ host }) => host === "site")
      .map(({ pathname, hash }) => ({
        file: decodeURIComponent(pathname)
          .slice(1)
          .replace(/(^|\/)$/, "$1index.html"),
        anchor: decodeURIComponent(hash.slice(1)),
      }));

  it("leads from its first page to all others, and nowhere that does not exist", () => {
    const reached = new Set(["index.html"]);
    const dead: string[] = [];
    for (const page of reached) {
      for (const { file, anchor } of linksOf(page)) {
        if (pages.has(file)) reached.add(file);
        const found = existsSync(join(site, file)) && (anchor === "" || pages.get(file)?.includes(`id="${anchor}"`));
        if (!found) dead.push(`${page}: ${file}#${anchor}`);
      }
    }
    expect(dead).toEqual([]);
    expect([...reached].sort()).toEqual([...pages.keys()].filter((page) => page !== "404.html"));
  });

  it("takes nothing from other hosts", () => {
    const foreign = /<(?:script|link|img|source|iframe|video|audio|embed|object)\b[^>]*\b(?:src|srcset|href|data)="(?:[a-z]+:)?\/\/[^"]*"/g;
    for (const [page, html] of pages) expect(html.match(foreign) ?? [], page).toEqual([]);
    const styles = filesIn(site, ".css").map((file) => readFileSync(join(site, file), "utf8"));
    expect(styles.length).toBeGreaterThan(0);
    for (const style of styles) expect(style).not.toMatch(/(?:@import|url\()\s*["']?(?:[a-z]+:)?\/\//);
  });

  it("has an index for its search, and a switch between light and dark on every page", () => {
    const index = filesIn(site, ".js").filter((file) => file.includes("localSearchIndex"));
    expect(index).toHaveLength(1);
    // Compared as a truth value: the whole index would be the message.
    expect(readFileSync(join(site, index[0] ?? ""), "utf8").includes('"stm32f746"')).toBe(true);
    for (const [page, html] of pages) if (page !== "404.html") expect(html, page).toContain("VPSwitchAppearance");
  });

  it.skipIf(!browserIsInstalled)(
    "finds, and turns dark, in a browser that sees no other host",
    async () => {
      const types: Readonly<Record<string, string>> = {
        ".html": "text/html",
        ".js": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
      };
      const server = createServer((request, response) => {
        const path = decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname).replace(/\/$/, "/index.html");
        readFile(join(site, path)).then(
          (content) => response.setHeader("content-type", types[extname(path)] ?? "text/plain").end(content),
          () => response.writeHead(404).end(),
        );
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const browser = await openBrowser();
      try {
        const page = await browser.newPage({ colorScheme: "light" });
        const hosts = new Set<string>();
        page.on("request", (request) => hosts.add(new URL(request.url()).host));
        await page.goto(`http://127.0.0.1:${port}/`);
        await page.getByRole("switch").first().click();
        await page.waitForFunction("document.documentElement.classList.contains('dark')");
        await page.keyboard.press("Control+k");
        await page.getByRole("searchbox").fill("scratchpad");
        await page
          .getByRole("option", { name: /scratchpad/i })
          .first()
          .click();
        await page.waitForURL(/memory-planning\.html/);
        expect([...hosts]).toEqual([`127.0.0.1:${port}`]);
      } finally {
        await browser.close();
        await new Promise((resolve) => server.close(resolve));
      }
    },
    60_000,
  );
});
