/** Files that are written whole. */
import { renameSync, writeFileSync } from "node:fs";

/** Whoever reads the file, whenever, finds what was there before or all of the new content. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}
