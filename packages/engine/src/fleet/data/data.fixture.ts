/** Datasets and blob stores for the tests of this folder. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DataManifest, DatasetSpec, Experiment } from "@archwright/core";
import { onTestFinished } from "vitest";
import type { BlobRef, BlobStore } from "./blobStore.ts";

/** A new folder with these files in it, which goes when the test ends. */
export function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "archwright-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export function refOf(content: string | Uint8Array): BlobRef {
  const bytes = Buffer.from(content as string);
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
}

/** An experiment that trains on this dataset; nothing else of it counts here. */
export function experimentWith(dataset: DatasetSpec): Experiment {
  const evaluator = { kind: "train", dataset, datasetHash: "0".repeat(64), training: {} };
  return { version: 1, name: "data", seed: 0, evaluator, devices: [], objectives: [], search: {} } as unknown as Experiment;
}

export const splits = { validation: 0.15, test: 0.15, split_seed: 0 } as const;

export function csvSpec(file: string): DatasetSpec {
  return { kind: "csv", file, label_column: "last", shape: [1, 1, 2], scale: 10, ...splits };
}

export function folderSpec(path: string): DatasetSpec {
  return { kind: "folder", path, size: [1, 1], channels: 1, resize: "none", background: "#ffffff", skip_damaged: false, ...splits };
}

/** Images that are none: what is in them differs, and so do their lengths. */
export function imageFiles(classes: readonly string[], each = 20): Record<string, string> {
  const names = classes.flatMap((name) => Array.from({ length: each }, (_, i) => `${name}/${i}.png`));
  return Object.fromEntries(names.map((name) => [name, `image ${name}`]));
}

/** Contents in memory, and how often each was asked for. */
export function memoryStore(...contents: readonly (string | Uint8Array)[]): BlobStore & { readonly asked: string[] } {
  const byHash = new Map(contents.map((content) => [refOf(content).sha256, Buffer.from(content as string)]));
  const asked: string[] = [];
  return {
    name: "memory",
    asked,
    open: async ({ sha256 }) => {
      asked.push(sha256);
      const content = byHash.get(sha256);
      return content && inPieces(content);
    },
  };
}

export async function* inPieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 7) yield content.subarray(at, at + 7);
}

export function csvManifest(content: string): DataManifest {
  return { version: 1, files: [{ key: "file", name: "images.csv", ...refOf(content) }] };
}
