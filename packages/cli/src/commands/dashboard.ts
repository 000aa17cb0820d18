/** `archwright dashboard`: shows the runs of a store in a browser, and serves the same as an HTTP API. */

import { redisOptions } from "../fleet/options.ts";
import { atLeast } from "../input/optionValues.ts";
import { storeOption } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { print, printJson } from "../output/render.ts";
import type { ArgsOf, Parser } from "../shell/command.ts";
import { command } from "../shell/command.ts";
import { listenForInterruption } from "../shell/interruption.ts";

const USUAL_PORT = 8470;

const builder = (yargs: Parser, workspace: Workspace) =>
  yargs
    .option("port", { type: "number", describe: `Port to listen on; 0 takes any (default: ${USUAL_PORT}, or any where that is taken)` })
    .option("host", { type: "string", default: "localhost", describe: "Name or address to listen on; other machines need --token" })
    .option("token", {
      type: "string",
      describe: "Token without which nothing is shown or done (default: ARCHWRIGHT_DASHBOARD_TOKEN, else none)",
    })
    .option("open", { type: "boolean", default: false, describe: "Open it in the browser" })
    .options({ ...redisOptions, redis: { ...redisOptions.redis, describe: "Show the fleet of this Redis, and let it do searches" } })
    .options(storeOption(workspace));

export type DashboardArgs = ArgsOf<typeof builder>;

export const dashboardCommand = command({
  command: "dashboard",
  describe: "Show runs, fronts and networks in a browser",
  builder,
  handler: async ({ redis, ...args }, workspace) => {
    const port = args.port === undefined ? undefined : atLeast("port", args.port, 0);
    // The server takes a while to load, and no other command needs it.
    const { startDashboard } = await import("../dashboard/start.ts");
    const interruption = listenForInterruption();
    try {
      const dashboard = await startDashboard(
        { ...args, redis: redis === undefined ? undefined : { ...args, redis }, port, usualPort: USUAL_PORT },
        workspace,
      );
      try {
        if (args.json) printJson({ url: dashboard.url, store: dashboard.store, token: dashboard.needsToken });
        else print(`${dashboard.url} shows ${dashboard.store}${dashboard.needsToken ? ", with the token" : ""}; Ctrl-C ends it`);
        if (args.open) dashboard.open();
        await interruption.ended;
      } finally {
        await dashboard.close();
      }
    } finally {
      interruption.stop();
    }
  },
});
