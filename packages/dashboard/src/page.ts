/** The page: the files that were built, served from memory under their own names and no others. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Api } from "./api.ts";
import { HttpError } from "./errors.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

interface PageFile {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly tag: string;
}

/** Where building puts the page: beside the compiled server. */
export function builtPage(): string {
  const beside = fileURLToPath(new URL("page", import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL("../dist/page", import.meta.url));
}

/** @param folder holds `index.html` and `assets/`; where it is missing, the API is served without a page. */
export function addPage(api: Api, folder: string): void {
  // Paths are looked up here and never given to the file system: no path can lead out of the folder.
  const files = filesIn(folder);
  api.get("*", (context) => {
    const { path } = context.req;
    if (path.startsWith("/api/"))
      throw new HttpError(404, "not-found", "there is no such route", { advice: "GET /api/openapi.json lists all of them" });
    const file = files.get(path) ?? (extname(path) === "" ? files.get("/index.html") : undefined);
    if (file === undefined) {
      throw new HttpError(404, "not-found", files.size === 0 ? "the page was not built" : "there is no such file", {
        advice: files.size === 0 ? "build it with: npm run build" : null,
      });
    }
    const { content, type, tag } = file;
    const headers = { "Content-Type": type, ETag: tag, "Cache-Control": "no-cache" };
    if (context.req.header("if-none-match") === tag) return context.body(null, 304, headers);
    return context.body(content, 200, headers);
  });
}

function filesIn(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const content = new Uint8Array(readFileSync(file));
      const tag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
      const type = types[extname(entry.name)] ?? "application/octet-stream";
      return [
        `/${file
          .slice(folder.length + 1)
          .split(sep)
          .join("/")}`,
        { content, type, tag },
      ] as const;
    }),
  );
}
