/** A controller program for tests that kill it. Argument: its options as JSON, and `jobs`, [trial, architecture] each. Prints trials and outcomes as JSON lines. */
import { createFleetExecutor, type FleetExecutorOptions } from "../index.ts";
import { toyJob } from "./toy.fixture.ts";

const { jobs, ...options } = JSON.parse(process.argv[2] ?? "{}") as FleetExecutorOptions & { jobs: [number, string][] };
const controller = createFleetExecutor(options);
process.on("disconnect", () => process.exit(0));
await Promise.all(
  jobs.map(async ([trial, architecture]) => {
    const outcome = await controller.run(toyJob(trial, architecture));
    console.log(JSON.stringify({ trial, kind: outcome.kind, score: "score" in outcome ? outcome.score : undefined }));
  }),
);
await controller.close();
process.disconnect?.();
