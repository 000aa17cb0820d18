import { InputError } from "@archwright/core";
import yargs, { type Argv } from "yargs";
import { benchCommand } from "./commands/bench.ts";
import { deviceCommand } from "./commands/device.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { paretoCommand } from "./commands/pareto.ts";
import { runsCommand } from "./commands/runs.ts";
import { searchCommand } from "./commands/search.ts";
import { spaceCommand } from "./commands/space.ts";
import { Interrupted } from "./interrupted.ts";

/** Exit status of the contract. */
const EXIT = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** Runs one command line and gives its exit status. Results go to stdout, everything else to stderr. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await parser(args).parseAsync();
    return EXIT.done;
  } catch (error) {
    if (error instanceof Interrupted) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.interrupted;
    }
    if (error instanceof InputError) {
      process.stderr.write(`archwright: ${error.message}\n`);
      return EXIT.badInput;
    }
    process.stderr.write(`archwright: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.failed;
  }
}

function parser(args: readonly string[]): Argv {
  return (
    yargs(args)
      .scriptName("archwright")
      .usage("$0 <command>\n\nHardware-aware neural architecture search: a YAML in, a Pareto front of trained networks out.")
      .option("json", { type: "boolean", default: false, global: true, describe: "One JSON document on stdout, nothing else" })
      .command(searchCommand)
      .command(runsCommand)
      .command(paretoCommand)
      .command(explainCommand)
      .command(exportCommand)
      .command(deviceCommand)
      .command(spaceCommand)
      .command(benchCommand)
      .command(doctorCommand)
      .demandCommand(1, "Say what to do.")
      .recommendCommands()
      .strict()
      .help()
      .version()
      .wrap(Math.min(120, process.stdout.columns ?? 100))
      // Errors come back as exceptions so that they get their exit status; what yargs itself complains of is bad input.
      .fail((message, error) => {
        throw error ?? new InputError(message, { expected: "see 'archwright --help'" });
      })
      .exitProcess(false)
  );
}
