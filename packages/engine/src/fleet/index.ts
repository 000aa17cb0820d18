/** Jobs on many machines, through a Redis: the controller's side, the worker's side, and who is there. */
export { checkRedis } from "./checkRedis.ts";
export {
  connectionOptions,
  formatAddress,
  parseRedisAddress,
  type RedisAddress,
  type RedisCredentials,
  redisCredentials,
} from "./connection.ts";
export * from "./data/index.ts";
export type { FleetEvent } from "./events.ts";
export { createFleetExecutor, type FleetExecutorOptions } from "./executor.ts";
export { createDataFetcher, type PackedExperiment, packExperiment } from "./experimentData.ts";
export { defaultPrefix, measureQueue, trainQueue } from "./keys.ts";
export type { Log } from "./log.ts";
export type { WorkerBeat } from "./roster.ts";
export { fleetRunKey } from "./runKey.ts";
export { type FleetQueueStatus, type FleetRunStatus, type FleetStatus, fleetStatus } from "./status.ts";
export {
  type FleetWorker,
  type FleetWorkerEnd,
  type FleetWorkerOptions,
  type FleetWorkerStatus,
  startFleetWorker,
} from "./worker.ts";
