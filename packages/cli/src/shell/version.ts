/** Which version of the program this is. */
import { readFileSync } from "node:fs";

/** Version of this program. */
export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
  return version;
}
