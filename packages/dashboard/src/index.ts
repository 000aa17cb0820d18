/** The dashboard: an HTTP API over stored runs, and the page on it. */
export * from "./contract/index.ts";
export { createDashboard, type Dashboard, type DashboardOptions } from "./dashboard.ts";
export { type Listening, requireTokenElsewhere, type ServeOptions, serveDashboard } from "./serve.ts";
export type { DashboardServices, ExportedFile, Searches, SearchOptions, SentModel } from "./services.ts";
