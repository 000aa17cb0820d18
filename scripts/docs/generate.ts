/** Writes the pages that are made from schema, tables and code: `npm run docs:generate`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedPages, root } from "./pages.ts";

for (const [file, text] of Object.entries(generatedPages)) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), await text());
  console.log(file);
}
