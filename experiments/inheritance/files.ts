/** The study's files, each written so that a program which is stopped leaves a whole one. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** What a file holds, and where there is none that which it begins with. */
export function readJson<T>(file: string, empty: T): T {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : empty;
}

export function writeJson(file: string, value: unknown): void {
  writeWhole(file, `${JSON.stringify(value, null, 1)}\n`);
}

export function writeWhole(file: string, content: string | Float32Array): void {
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}

export function readWeights(file: string): Float32Array {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
