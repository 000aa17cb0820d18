/** The page that lists the recorded studies, from the titles of their own pages. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { titleOf } from "../../docs/.vitepress/navigation.ts";
import { code, page, table } from "./markdown.ts";

export function studies(root: string): string {
  const names = readdirSync(join(root, "experiments"))
    .filter((name) => existsSync(join(root, "experiments", name, "README.md")))
    .sort();
  const rows = names.map((name) => {
    const file = `experiments/${name}/README.md`;
    return [`[${titleOf(root, file)}](../${file})`, code(name)];
  });
  return page(
    "Studies",
    "Measurements that decisions and claims of these pages rest on. Each page says what was run, on which machine, and how to repeat it.",
    table(["study", "folder of `experiments`"], rows),
  );
}
