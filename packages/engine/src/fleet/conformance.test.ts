import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { executorConformance } from "@archwright/core/testing";
import { afterAll, beforeAll, describe } from "vitest";
import { createProcessExecutor } from "../executor/index.ts";
import { createFleetExecutor, startFleetWorker } from "./index.ts";
import { redisIsInstalled, startRedis, type TestRedis } from "./testing/redis.fixture.ts";

describe.skipIf(!redisIsInstalled)("with a Redis", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.dispose());

  executorConformance(
    "a fleet of one worker",
    async (slots, timeLimitMs) => {
      const prefix = `test-${randomUUID()}`;
      const worker = startFleetWorker({
        connection: redis.address,
        slots,
        prefix,
        createPool: (experiment, workers) =>
          createProcessExecutor({
            experiment,
            workers,
            workerModule: new URL("../executor/handler.fixture.ts", import.meta.url),
            timeLimitMs,
            memoryLimitBytes: 300 * 1024 ** 2,
          }),
      });
      await worker.ready;
      const executor = createFleetExecutor({ connection: redis.address, runKey: "conformance", experiment: null, prefix });
      while (executor.slots !== slots) await delay(10);
      return {
        slots,
        run: executor.run,
        async close() {
          await executor.close();
          await worker.close();
        },
      };
    },
    { crash: true, hang: true, oom: true },
  );
});
