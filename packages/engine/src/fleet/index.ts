/** Jobs on many machines, through a Redis: the controller's side, the worker's side, and who is there. */
export { checkRedis } from "./connection/checkRedis.ts";
export { formatAddress, parseRedisAddress, type RedisAddress, type RedisCredentials, redisCredentials } from "./connection/redisAddress.ts";
export { connectionOptions } from "./connection/redisLink.ts";
export type { FleetEvent } from "./controller/events.ts";
export { createFleetExecutor, type FleetExecutorOptions } from "./controller/fleetExecutor.ts";
export { fleetRunKey } from "./controller/run/runKey.ts";
export * from "./data/index.ts";
export { defaultPrefix, measureQueue, trainQueue } from "./protocol/keys.ts";
export type { WorkerHeartbeat } from "./protocol/workerRegistry.ts";
export { type FleetQueueStatus, type FleetRunStatus, type FleetStatus, fleetStatus } from "./status.ts";
export {
  type FleetWorker,
  type FleetWorkerEnd,
  type FleetWorkerOptions,
  type FleetWorkerStatus,
  startFleetWorker,
} from "./worker/fleetWorker.ts";
export type { Log } from "./worker/log.ts";
