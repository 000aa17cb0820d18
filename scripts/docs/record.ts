/** Runs the commands of pages, all or those that are named, and writes what they print into them and into pictures of a terminal: `npm run docs:record`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./pages.ts";
import { recordings } from "./recordings.ts";
import { createPrinter, recordedPages, stepsOf, withOutputs } from "./tutorial.ts";

const chosen = process.argv.slice(2);
for (const file of recordedPages) {
  if (chosen.length > 0 && !chosen.includes(file)) continue;
  const folder = mkdtempSync(join(tmpdir(), "archwright-recording-"));
  try {
    const page = readFileSync(join(root, file), "utf8");
    writeFileSync(join(root, file), withOutputs(page, createPrinter(root, folder, page)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
for (const [picture, svg] of recordings(stepsOf(readFileSync(join(root, recordedPages[0]), "utf8"))))
  writeFileSync(join(root, picture), svg);
