/** The dashboard: an HTTP API over stored runs, and the page on it. */
export * from "./contract/index.ts";
