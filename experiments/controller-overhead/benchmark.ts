/** Prints how many trials a second the controller manages where evaluating one is a look into a table; see README.md. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureArchive } from "./archive.ts";
import { measureLargeSpace } from "./largeSpace.ts";
import { measureLoop } from "./loop.ts";
import { writeTable } from "./madeUpExperiment.ts";
import { measureResume } from "./resume.ts";

const { values: flags } = parseArgs({
  options: {
    evaluations: { type: "string", default: "10000" },
    repetitions: { type: "string", default: "7" },
    "large-space": { type: "string", default: "1000000" },
    part: { type: "string", multiple: true, default: ["loop", "resume", "archive", "large-space"] },
  },
});

const folder = mkdtempSync(join(tmpdir(), "controller-overhead-"));
try {
  const cores = availableParallelism();
  console.log(`Node ${process.version}, may use ${cores} core${cores === 1 ? "" : "s"}\n`);
  const table = writeTable(folder);
  const evaluations = Number(flags.evaluations);
  const parts: Record<string, () => Promise<void> | void> = {
    loop: () => measureLoop(folder, table, evaluations, Number(flags.repetitions)),
    resume: () => measureResume(folder, table, evaluations),
    archive: measureArchive,
    "large-space": () => measureLargeSpace(folder, Number(flags["large-space"])),
  };
  for (const name of flags.part) {
    const part = parts[name];
    if (!part) throw new Error(`there is no part '${name}'; the parts are ${Object.keys(parts).join(", ")}`);
    await part();
    console.log();
  }
} finally {
  rmSync(folder, { recursive: true });
}
