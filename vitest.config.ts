/** Which tests belong to which tier, and how they run. The tiers are described in docs/install.md. */
import { availableParallelism } from "node:os";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests resolve the packages' sources, never a stale build.
const conditions = ["archwright-source", "node", "import", "default"];

/** Tests in the packages that start servers or processes, train or measure, or compute for long: not in `npm run test:unit`. */
export const notUnitTests = [
  "packages/engine/src/fleet/{conformance,fleet,redisAway}.test.ts",
  "packages/engine/**/{executor,finish,gates,laterStages,openRun,redisAddress,runExperiment,steady,store,stores}.test.ts",
  "packages/core/**/latency/{latency,registry}.test.ts",
  "packages/core/**/score/predictors/{registry,rows,scoreBenchmark}.test.ts",
  "packages/runtimes/src/{evaluators,help,proxies,training}/**",
  "packages/runtimes/**/measure/registry.test.ts",
  "packages/runtimes/src/onnx/read/**",
  "packages/runtimes/**/{exportModel,withoutNative}.test.ts",
];

// A redis-server that `scripts/redis.mjs` has unpacked is found like an installed one, which goes first.
process.env.PATH += delimiter + fileURLToPath(new URL("node_modules/.cache/redis", import.meta.url));

export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: mode === "unit" ? ["packages/*/src/**/*.test.ts"] : ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...(mode === "unit" ? notUnitTests : [])],
    testTimeout: 30_000,
    pool: "forks",
    // Where a program wants to count the tests, it says where to write them down.
    ...(process.env.TEST_RESULTS && { reporters: ["default", "json"], outputFile: { json: process.env.TEST_RESULTS } }),
    // By default a machine with two cores would use one; many tests wait rather than compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: { include: ["packages/*/src/**/*.ts"], exclude: ["**/*.test.ts", "**/*.fixture.ts"], reporter: ["text-summary", "html"] },
  },
}));
