/** The worker's side of the executor conformance suite: does what the architecture's text says. */
import { InputError } from "@archwright/core/base";
import type { Job, Measurement, Outcome } from "@archwright/core/experiment";
import type { CreateHandler } from "./protocol.ts";

/** The experiment's text tells how starting goes wrong, if it should. */
export const createHandler: CreateHandler = async (experiment) => {
  if (experiment === "broken") throw new Error("this experiment is not understood");
  if (experiment === "bad-input") throw new InputError("no such dataset", { place: { file: "experiment.yaml", line: 3 } });
  if (experiment === "exit-on-start") process.exit(7);
  if (experiment === "hang-on-start") await new Promise(() => {});
  let jobs = 0;
  return {
    run(job) {
      jobs++;
      if (job.architecture === "where") throw new Error(`${process.env.OMP_NUM_THREADS} ${process.pid} ${jobs}`);
      if (job.architecture === "environment") throw new Error(Object.keys(process.env).join(" "));
      return behave(job);
    },
  };
};

/** What `keep` leaves behind, as a leaking library would. */
const held: Uint8Array[] = [];

async function behave(job: Job): Promise<Outcome> {
  const [behaviour = "", argument = ""] = job.architecture.split(":");
  if (job.kind === "test") return { kind: "tested", score: job.weights.reduce((sum, weight) => sum + weight, 0) };
  switch (behaviour) {
    case "ok":
      return {
        kind: "evaluated",
        score: Number(argument),
        weights: Float32Array.of(Number(argument), Number(argument) + 1),
        seconds: 0,
      };
    case "keep":
      held.push(new Uint8Array(Number(argument) * 1024 ** 2).fill(1));
      return { kind: "evaluated", score: Number(argument), seconds: 0 };
    case "wait": {
      const start = Date.now();
      await new Promise((resolve) => setTimeout(resolve, Number(argument)));
      return job.kind === "measure"
        ? { kind: "measured", measurement: { ...measurement, value: start, median: Date.now() }, seconds: 0 }
        : { kind: "evaluated", score: start, seconds: Date.now() };
    }
    case "throw":
      throw Object.assign(new Error("told to throw"), argument === "" ? {} : { code: argument });
    case "nan":
      return { kind: "evaluated", score: Number.NaN, seconds: 0 };
    case "abort":
      console.error("about to abort");
      process.abort();
      break;
    case "exit":
      console.log("about to exit");
      process.exit(3);
      break;
    case "hang":
      for (;;) Math.sqrt(2);
    case "oom-heap": {
      const kept: number[][] = [];
      for (;;) kept.push(new Array<number>(100_000).fill(0.5));
    }
    case "oom-buffers": {
      const kept: Uint8Array[] = [];
      for (;;) {
        kept.push(new Uint8Array(8 * 1024 ** 2).fill(1));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
  throw new Error(`the suite has no behaviour ${job.architecture}`);
}

const measurement: Omit<Measurement, "value" | "median"> = {
  device: "local",
  metric: "latencyMs",
  spread: 0,
  repetitions: 1,
  runtime: "none",
  takenAt: "2026-11-22T03:00:00.000Z",
};
