/** Bundles the page into one folder that the server serves. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const web = fileURLToPath(new URL("web/", import.meta.url));

/** @param {string} folder takes `index.html` and `assets/`. */
export async function buildPage(folder) {
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(web, "main.tsx"), join(web, "styles.css")],
    outdir: join(folder, "assets"),
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", splitting: true, sourcemap: false, logLevel: "warning" },
  });
  copyFileSync(join(web, "index.html"), join(folder, "index.html"));
  copyFileSync(join(web, "icon.svg"), join(folder, "assets/icon.svg"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage(fileURLToPath(new URL("dist/page", import.meta.url)));
