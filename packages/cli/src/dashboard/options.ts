/** What the services of the dashboard are made with. */
import type { Store } from "@archwright/core";
import type { RedisArgs } from "../fleet/options.ts";
import type { Workspace } from "../input/workspace.ts";

export interface ServicesOptions {
  readonly store: Store;
  readonly storeFile: string;
  /** The project's folder: files that experiments name are meant from here, and new experiments are kept here. */
  readonly folder: string;
  readonly workspace: Workspace;
  readonly redis: RedisArgs | undefined;
}
