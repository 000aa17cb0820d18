/** Where tests find published tables: an excerpt in the repository, and the whole table where it lies beside the project. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../../../", import.meta.url);

/** A published table, or a part of it. */
export interface PublishedTable {
  /** For the titles of tests. */
  readonly label: "excerpt" | "whole table";
  /** The folder with `latency.csv`, and `accuracy.csv` where accuracies were published. Ends with a separator. */
  readonly folder: string;
}

/** The forms in which tests can read a table; says aloud when the whole one is absent. The excerpt comes first. */
export function publishedTables(name: "fbnet" | "nasbench201"): readonly PublishedTable[] {
  const excerpt: PublishedTable = { label: "excerpt", folder: fileURLToPath(new URL(`test/data/${name}/`, root)) };
  const folder = fileURLToPath(new URL(`../shared/data/${name}/`, root));
  if (existsSync(folder)) return [excerpt, { label: "whole table", folder }];
  console.warn(`tests on the whole table of ${name} are skipped: there is no ${folder}; its excerpt is tested`);
  return [excerpt];
}
