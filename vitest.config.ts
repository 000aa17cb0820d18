import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Tests resolve the packages' sources, never a stale build.
const conditions = ["archwright-source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 30_000,
    pool: "forks",
    // Where a program wants to count the tests, it says where to write them down.
    ...(process.env.TEST_RESULTS && { reporters: ["default", "json"], outputFile: { json: process.env.TEST_RESULTS } }),
    // By default a machine with two cores would use one; many tests wait rather than compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
