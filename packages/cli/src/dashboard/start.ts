/** Starts the dashboard's server on a store. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InputError, type Store } from "@archwright/core";
import { createDashboard, requireTokenElsewhere, serveDashboard } from "@archwright/dashboard";
import type { RedisArgs } from "../fleet/options.ts";
import { storeAt, storeToRead } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { programVersion } from "../shell/version.ts";
import { createServices } from "./services.ts";

export interface StartOptions {
  readonly host: string;
  /** Undefined for the usual one, or any where that is taken. */
  readonly port: number | undefined;
  readonly usualPort: number;
  readonly token: string | undefined;
  readonly store: string;
  readonly redis: RedisArgs | undefined;
}

export interface RunningDashboard {
  readonly url: string;
  /** The store's file. */
  readonly store: string;
  readonly needsToken: boolean;
  /** Opens it in the browser of whoever uses this machine. */
  open(): void;
  close(): Promise<void>;
}

/** @throws InputError where the store, the port, the host or the token cannot be used. */
export async function startDashboard(options: StartOptions, workspace: Workspace): Promise<RunningDashboard> {
  const token = options.token ?? process.env.ARCHWRIGHT_DASHBOARD_TOKEN;
  requireTokenElsewhere(options.host, token);
  const file = resolve(options.store);
  const store = openStore(file);
  const services = createServices({ store, storeFile: file, folder: process.cwd(), workspace, redis: options.redis });
  try {
    const dashboard = createDashboard({
      ...{ store, storeFile: file, host: options.host, token, version: programVersion(), services },
      onProblem: (message) => void process.stderr.write(`the store could not be read: ${message}\n`),
    });
    const { host, port = options.usualPort } = options;
    const listening = await serveDashboard(dashboard, { host, port, otherPort: options.port === undefined });
    return {
      url: listening.url,
      store: file,
      needsToken: token !== undefined,
      open: () => openInBrowser(listening.url),
      close: async () => {
        const paused = await services.searches.close();
        for (const run of paused) process.stderr.write(`run ${run} was paused, and can be resumed\n`);
        await listening.close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** A store that this user may only read is shown all the same; where there is none yet, the first search finds it made. */
function openStore(file: string): Store {
  try {
    return storeAt(file);
  } catch (error) {
    if (!(error instanceof InputError) || !existsSync(file)) throw error;
    return storeToRead(file);
  }
}

/** Where there is no browser, the address was printed. */
function openInBrowser(url: string): void {
  const [program, ...args] =
    process.platform === "darwin" ? ["open", url] : process.platform === "win32" ? ["cmd", "/c", "start", "", url] : ["xdg-open", url];
  const child = spawn(program as string, args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
