// What the workers of the chaos tests do with a job: everything is a function of the architecture and the seed, also which
// candidates hang and which take all memory. Environment: CHAOS_FOLDER, where every job begun is appended to the file `trace`,
// and the file `stretch` says how many times longer than 20 to 60 ms a job takes at the moment.
import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createRng } from "@archwright/core/base";

const { CHAOS_FOLDER = "" } = process.env;

/** @type {import("@archwright/engine").CreateHandler} */
export const createHandler = async (experiment) => ({
  run: async (job) => {
    const { kind, trial, architecture } = job;
    if (CHAOS_FOLDER !== "") appendFileSync(`${CHAOS_FOLDER}/trace`, `${experiment.seed} ${kind} ${trial}\n`);
    const chance = createRng(`${architecture} ${kind === "evaluate" ? job.seed : kind}`);
    const fate = chance.next();
    const stretch = CHAOS_FOLDER === "" ? 0.2 : Number(readFileSync(`${CHAOS_FOLDER}/stretch`, "utf8"));
    await delay((20 + 40 * chance.next()) * stretch);
    if (kind === "evaluate" && fate < 0.005) for (;;) Math.sqrt(2);
    if (kind === "evaluate" && fate > 0.99) await takeAllMemory();
    const score = 60 + 30 * chance.next();
    if (kind === "evaluate") return { kind: "evaluated", score, weights: Float32Array.of(score, fate), seconds: 0.04 };
    if (kind === "test") return { kind: "tested", score: score + job.weights[1] };
    const value = 1 + chance.next();
    const measurement = {
      metric: "latencyMs",
      value,
      median: value,
      spread: 0,
      repetitions: 1,
      runtime: "made up",
      takenAt: "2026-01-01T00:00:00.000Z",
    };
    return { kind: "measured", measurement: { device: job.device, ...measurement }, seconds: 0 };
  },
});

// On a busy virtual machine every 32 MiB take half a second, so the limit must not be far away.
async function takeAllMemory() {
  const kept = [];
  for (;;) {
    kept.push(new Uint8Array(32 * 1024 ** 2).fill(1));
    await delay(2);
  }
}
