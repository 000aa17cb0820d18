// Writes the JSON Schemas of what people write into the built command line; part of the package's build.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { schemas } from "../packages/cli/dist/input/schemas.js";
import { workspaceIn } from "../packages/cli/dist/input/workspace.js";

// A folder without devices of anybody's own.
const folder = mkdtempSync(join(tmpdir(), "archwright-schemas-"));
const built = new URL("../packages/cli/dist/schema/", import.meta.url);
mkdirSync(built, { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`${name}.json`, built), `${JSON.stringify(schema(workspaceIn(folder)), null, 2)}\n`);
}
rmSync(folder, { recursive: true });
