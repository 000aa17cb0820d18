/** The documentation site: the repository's pages, as they are read there too, with search, in light and dark, and nothing from other hosts. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { type LinkedFiles, siteLinks } from "./links.ts";
import { navigation, placeInSite, titleOf } from "./navigation.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const groups = navigation(root);
const pages = new Set(groups.flatMap((group) => group.pages));
const linked: LinkedFiles = new Map();

/** As GitHub makes anchors of headings, so that a link to one works in both. */
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** All Markdown files of the repository but those of hidden folders and of what is installed. */
const markdownFiles = () =>
  readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(join(root, entry.name), { recursive: true, encoding: "utf8" }).map((file) => join(entry.name, file))
        : [entry.name],
    )
    .filter((file) => file.endsWith(".md"))
    .map((file) => file.replaceAll("\\", "/"));

const linkTo = (page: string) => `/${placeInSite(page).replace(/(index)?\.md$/, "")}`;

export default defineConfig({
  title: "Archwright",
  description: "Hardware-aware neural architecture search: a YAML in, a Pareto front of trained networks out",
  lang: "en",
  // To publish below a folder of a host: SITE_BASE=/archwright/ npm run docs:build
  base: process.env.SITE_BASE ?? "/",
  srcDir: root,
  outDir: join(root, "docs/.vitepress/dist"),
  cacheDir: join(root, "node_modules/.cache/vitepress"),
  srcExclude: markdownFiles().filter((file) => !pages.has(file)),
  rewrites: Object.fromEntries([...pages].map((page) => [page, placeInSite(page)])),
  markdown: {
    anchor: { slugify: anchorOf },
    config: (md) => md.use(siteLinks(root, (path) => pages.has(path), linked)),
  },
  buildEnd({ outDir }) {
    for (const [path, place] of linked) {
      mkdirSync(dirname(join(outDir, place)), { recursive: true });
      copyFileSync(join(root, path), join(outDir, place));
    }
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Command line", link: "/command-line" },
      { text: "Experiments", link: "/experiments" },
    ],
    sidebar: groups.map(({ title, pages: own, collapsed }) => ({
      text: title,
      ...(collapsed && { collapsed }),
      items: own.filter((page) => existsSync(join(root, page))).map((page) => ({ text: titleOf(root, page), link: linkTo(page) })),
    })),
  },
});
