/** The dashboard as a function from requests to answers; `serve.ts` lets it listen. */
import type { Store } from "@archwright/core/experiment";
import type { ApiContext } from "./api.ts";
import { createApi } from "./api.ts";
import { createRunColumns } from "./follow/columns.ts";
import { createFollower } from "./follow/follower.ts";
import { createRunIndex } from "./follow/runIndex.ts";
import { addPage, builtPage } from "./page.ts";
import { addDeviceRoutes } from "./routes/devices.ts";
import { addEventRoute } from "./routes/events.ts";
import { addInsightRoutes } from "./routes/insights.ts";
import { addRunRoutes } from "./routes/runs.ts";
import { addSearchRoutes } from "./routes/searches.ts";
import { addServerRoutes } from "./routes/server.ts";
import { addTrialRoutes } from "./routes/trials.ts";
import { LARGEST_MODEL_BYTES, LARGEST_TEXT_BYTES, limitBody } from "./security/bodies.ts";
import { createGuard } from "./security/guard.ts";
import { securityHeaders } from "./security/headers.ts";
import { allowedHosts } from "./security/hosts.ts";
import { createTokenCheck } from "./security/token.ts";
import type { DashboardServices } from "./services.ts";

export interface DashboardOptions {
  readonly store: Store;
  /** The store's file, to be shown. */
  readonly storeFile: string;
  /** Of the program, to be shown. */
  readonly version: string;
  /** The name or address that it will listen on; by which requests may call it follows from this. */
  readonly host: string;
  /** Without it nothing is answered, where there is one. */
  readonly token?: string | undefined;
  /** What takes engines; without them the dashboard only shows. */
  readonly services?: DashboardServices | undefined;
  /** The folder of the built page. */
  readonly page?: string | undefined;
  /** Told what went wrong beside any request. */
  readonly onProblem?: (message: string) => void;
}

export interface Dashboard {
  fetch(request: Request): Response | Promise<Response>;
  /** Ends all streams, and stops following the store, which stays open. */
  close(): void;
}

/** @throws InputError for a token that could be guessed. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { store, services, version, onProblem = () => {} } = options;
  const token = options.token === undefined ? undefined : createTokenCheck(options.token);
  const index = createRunIndex(store, onProblem);
  const follower = createFollower(index, version, onProblem);
  services?.searches.onLine((run, line) =>
    follower.tell({ event: "log", data: { run, at: new Date().toISOString(), kind: "output", detail: line } }),
  );
  const context: ApiContext = { store, index, follower, columns: createRunColumns(store), services };

  const api = createApi();
  api.use(securityHeaders);
  api.use(createGuard({ hosts: allowedHosts(options.host), token }));
  const [text, model] = [limitBody(LARGEST_TEXT_BYTES), limitBody(LARGEST_MODEL_BYTES)];
  api.use((request, next) => (request.req.path === "/api/estimate" ? model : text)(request, next));
  addServerRoutes(api, context, { version, store: options.storeFile, token });
  addRunRoutes(api, context);
  addTrialRoutes(api, context);
  addInsightRoutes(api, context);
  addSearchRoutes(api, context);
  addDeviceRoutes(api, context);
  addEventRoute(api, context, version);
  api.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Archwright",
      version,
      description: "Runs, fronts and networks of a store; searches, devices and estimates.",
    },
  });
  addPage(api, options.page ?? builtPage());
  return { fetch: (request) => api.fetch(request), close: () => follower.close() };
}
