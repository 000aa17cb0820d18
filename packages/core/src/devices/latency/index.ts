/** Latency of any architecture on a device that was measured a few times. */
export { correlation } from "./bayesian.ts";
export { benchmarkLatency, type LatencyBenchmark, type LatencyBenchmarkResult, type LatencyTargetResult } from "./benchmark.ts";
export { checkedLogs, checkMeasurements, checkUnits, fewestMeasurements, median } from "./checks.ts";
export { latencyPredictorNames, learnLatencyPredictor, loadLatencyPredictor } from "./learn.ts";
export { kendall, meanAbsolutePercentageError, shareWithin, spearman } from "./metrics.ts";
export { describeNetwork, encodeNetwork, networkEncodingWidth } from "./networkEncoding.ts";
export { networkOperators } from "./operatorWork.ts";
export * from "./types.ts";
