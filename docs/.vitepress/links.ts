/** Makes links between files of the repository, as GitHub follows them, into links of the site. */
import { existsSync, statSync } from "node:fs";
import { extname, join, posix, relative } from "node:path";
import { placeInSite } from "./navigation.ts";

/** Files that the site's pages link to and that are no pages: they are copied into the site. By their path in the repository. */
export type LinkedFiles = Map<string, string>;

const shownByBrowsers = new Set([".svg", ".png", ".json", ".txt"]);

/** Where a file that is no page lies in the site; source text gets an ending by which browsers show it. */
const placeOfFile = (path: string) => `files/${path}${shownByBrowsers.has(extname(path)) ? "" : ".txt"}`;

/**
 * The address in the site of what `href` of `page` names.
 * @throws {Error} where it names nothing
 */
function addressInSite(root: string, page: string, href: string, isPage: (path: string) => boolean, linked: LinkedFiles): string {
  const [path = "", anchor] = href.split("#");
  const target = posix.normalize(posix.join(posix.dirname(page), decodeURI(path))).replace(/\/$/, "");
  const behind = anchor === undefined ? "" : `#${anchor}`;
  if (!existsSync(join(root, target))) throw new Error(`${page} links to ${href}, which does not exist`);
  const readme = posix.join(target, "README.md");
  if (statSync(join(root, target)).isDirectory()) return `/${placeInSite(isPage(readme) ? readme : "docs/studies.md")}${behind}`;
  if (isPage(target)) return `/${placeInSite(target)}${behind}`;
  linked.set(target, placeOfFile(target));
  return `/${placeOfFile(target)}`;
}

/** A plugin of markdown-it for {@link addressInSite}. */
export function siteLinks(root: string, isPage: (path: string) => boolean, linked: LinkedFiles): (md: MarkdownRenderer) => void {
  return (md) => {
    md.core.ruler.push("links-of-the-site", (state) => {
      const page = relative(root, state.env.realPath ?? state.env.path).replaceAll("\\", "/");
      for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
        const href = token.type === "link_open" ? token.attrGet("href") : null;
        if (!href || /^([a-z]+:|#)/.test(href)) continue;
        token.attrSet("href", addressInSite(root, page, href, isPage, linked));
      }
    });
  };
}
