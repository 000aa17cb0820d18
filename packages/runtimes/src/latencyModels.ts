/** The registry of all latency models: those of core, and those that need an engine. */
import { type LatencyModel, latencyModels } from "@archwright/core/latency";
import { helpModel } from "./help/index.ts";

/** The first is the default. Before one with `prepare` is used it has to be prepared: see `prepareLatencyModels`. */
export const allLatencyModels: readonly LatencyModel[] = [...latencyModels, helpModel()];
