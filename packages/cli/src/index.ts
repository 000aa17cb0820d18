/** The command line. `run` is its one door. */
export { run } from "./shell/run.ts";
