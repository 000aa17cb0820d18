/** Latency of any architecture on a device that was measured a few times. */

export { checkedLogs, checkLatencies, checkMeasurements, checkUnits, fewestMeasurements } from "./checks.ts";
export { type Extrapolation, extrapolate, fitExtrapolation, type MeasuredNetwork } from "./extrapolation/extrapolation.ts";
export { type NetworkTerms, networkTerms } from "./extrapolation/networkTerms.ts";
export { differences } from "./extrapolation/totals.ts";
export { describeNetwork, encodeNetwork, networkEncodingWidth } from "./features/networkEncoding.ts";
export { networkOperators } from "./features/operatorWork.ts";
export { normalQuantile } from "./interval.ts";
export {
  benchmarkLatency,
  type LatencyBenchmark,
  type LatencyBenchmarkResult,
  type LatencyTargetResult,
  type LatencyTrial,
  summarizeTrials,
} from "./latencyBenchmark.ts";
export * from "./model.ts";
export * from "./predictor.ts";
export * from "./registry.ts";
