/** Which plugin it is: what an experiment keeps of the packages of the user's own that it needs. */
import { z } from "zod";

/** A plugin as an experiment keeps it: plain JSON. All but the file decides trials. */
export interface PluginIdentity {
  readonly name: string;
  /** As the plugin or its package says; absent where neither does. */
  readonly version?: string;
  /** SHA-256 of its file and of all files that it imports by relative paths. */
  readonly contentHash: string;
  /** Absolute path of the module that was loaded. */
  readonly file: string;
}

export const pluginsSchema = z
  .array(z.string().min(1))
  .min(1)
  .describe(
    "Packages of your own with algorithms, spaces, kinds of device or evaluators: paths such as ./my-searcher.js, or names of installed packages.",
  );

/** As a user tells versions of it apart. */
export function pluginInWords({ version, contentHash }: Pick<PluginIdentity, "version" | "contentHash">): string {
  return `${version === undefined ? "" : `${version}, `}content ${contentHash.slice(0, 12)}`;
}
