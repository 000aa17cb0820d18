/** What the HTTP API takes and gives, as schemas: the OpenAPI document is made from them, and the page takes their types. */
export * from "./common.ts";
export * from "./events.ts";
export * from "./insights.ts";
export * from "./points.ts";
export * from "./runs.ts";
export * from "./services.ts";
export * from "./trials.ts";
