/** The JSON Schemas of what people write, with the names that this installation knows. */
import { deviceProfileJsonSchema, experimentJsonSchema, type JsonSchema, spaceJsonSchema } from "@archwright/core";
import { programVersion } from "../shell/version.ts";
import { shippedSpaces } from "./spaceArgs.ts";
import type { Workspace } from "./workspace.ts";

/** What a schema may be of, each with the schema of the user's installation. */
export const schemas = {
  experiment: (workspace: Pick<Workspace, "devices" | "shippedSpaces">): JsonSchema =>
    experimentJsonSchema({
      devices: workspace.devices.list().map(({ name }) => name),
      spaces: Object.keys(shippedSpaces(workspace)),
    }),
  device: (): JsonSchema => deviceProfileJsonSchema(),
  space: (): JsonSchema => spaceJsonSchema(),
} as const;

export type SchemaName = keyof typeof schemas;

/** Where a schema of this version of the program is published: the package's own file `dist/schema`. */
export function publishedSchema(name: SchemaName): string {
  return `https://unpkg.com/archwright@${programVersion()}/dist/schema/${name}.json`;
}

/** The comment by which editors find a schema, the first line of a file. */
export function modeline(name: SchemaName): string {
  return `# yaml-language-server: $schema=${publishedSchema(name)}`;
}
