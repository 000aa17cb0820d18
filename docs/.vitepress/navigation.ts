/** Which page stands where in the site's navigation, by its path in the repository. The four kinds are those of diataxis.fr. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Group {
  readonly title: string;
  /** Markdown files, relative to the repository. */
  readonly pages: readonly string[];
  /** Closed until a reader opens it. */
  readonly collapsed?: boolean;
}

const markdownIn = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .sort()
    .map((name) => `${folder}/${name}`);

const readmesIn = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(root, folder, entry.name)).includes("README.md"))
    .map(({ name }) => `${folder}/${name}/README.md`)
    .sort();

/** The groups of the navigation of the repository that lies at `root`. */
export function navigation(root: string): readonly Group[] {
  return [
    { title: "Archwright", pages: ["README.md"] },
    { title: "Tutorial", pages: ["docs/tutorial.md"] },
    {
      title: "How-to guides",
      pages: [
        "docs/install.md",
        "docs/own-data.md",
        "docs/own-space.md",
        "docs/own-device.md",
        "docs/own-training.md",
        "docs/plugins.md",
        "docs/dashboard.md",
        "docs/fleet.md",
        "docs/comparing.md",
        "examples/README.md",
        "examples/plugins/README.md",
        "examples/supernet/README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
      ],
    },
    {
      title: "Reference",
      pages: [
        "docs/command-line.md",
        "docs/experiments.md",
        "configs/spaces/README.md",
        "configs/devices/README.md",
        ...markdownIn(root, "docs/reference"),
        "docs/models.md",
      ],
    },
    {
      title: "Explanation",
      pages: [
        "docs/architecture.md",
        "docs/cost-model.md",
        "docs/memory-planning.md",
        "docs/devices.md",
        "docs/latency.md",
        "docs/algorithms.md",
        "docs/runs.md",
        "docs/fleet-internals.md",
      ],
    },
    { title: "Decisions", pages: ["docs/decisions/README.md", ...markdownIn(root, "docs/decisions")], collapsed: true },
    { title: "Studies", pages: ["docs/studies.md", ...readmesIn(root, "experiments")], collapsed: true },
  ];
}

/** A page's title: its first heading, without what marks code. */
export function titleOf(root: string, page: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(join(root, page), "utf8"))?.[1];
  if (heading === undefined) throw new Error(`${page}: a page begins with a heading '# …'`);
  return heading.replaceAll("`", "");
}

/** Where a page of the repository lies in the site: `docs/` is its root, and a README the index of its folder. */
export function placeInSite(page: string): string {
  return page.replace(/^docs\//, "").replace(/(^|\/)README\.md$/, "$1index.md");
}
