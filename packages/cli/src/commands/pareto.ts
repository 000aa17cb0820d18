import { formatObjective, InputError, nearestSpelling, parseObjective, refuseTwice } from "@archwright/core";
import type { CommandModule } from "yargs";
import { storeOption, storeToRead } from "../files.ts";
import { frontOf, objectivesFor } from "../front.ts";
import { forceOption, writeOutput } from "../outputs.ts";
import type { renderPlot as RenderPlot } from "../plot.ts";
import { frontJson, print, printJson, renderCsv, renderFront } from "../render.ts";
import { experimentOf, findRun } from "../runRef.ts";
import { parseCondition } from "../where.ts";

interface ParetoArgs {
  readonly run?: string;
  readonly device?: string;
  readonly objectives?: string;
  readonly where: readonly string[];
  readonly format: string;
  readonly force: boolean;
  readonly output?: string;
  readonly store: string;
  readonly json: boolean;
}

export const paretoCommand: CommandModule<object, ParetoArgs> = {
  command: "pareto [run]",
  describe: "The front of a run (of the latest, without RUN)",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string" })
      .option("device", { type: "string", describe: "Costs and objectives of this device only" })
      .option("objectives", { type: "string", describe: "Other objectives than the experiment's: a,b" })
      .option("where", { type: "string", array: true, default: [], nargs: 1, describe: "A condition: 'latency_ms<=5', 'accuracy>=95'" })
      .option("format", { choices: ["table", "json", "csv", "svg"], default: "table" })
      .option("output", { type: "string", describe: "Write to a file instead of stdout" })
      .options(forceOption)
      .options(storeOption) as never,
  handler: async (args) => {
    const store = storeToRead(args.store);
    try {
      const run = findRun(store, args.run);
      const experiment = experimentOf(run);
      const names = experiment.devices.map(({ name }) => name);
      if (args.device !== undefined && !names.includes(args.device)) {
        throw new InputError(`run ${run.id} has no device '${args.device}'`, {
          expected: `one of ${names.join(", ")}`,
          suggestion: nearestSpelling(args.device, names),
        });
      }
      const scope = args.device === undefined ? names : [args.device];
      const objectives = args.objectives?.split(",").map((text) => parseObjective(text, scope)) ?? objectivesFor(experiment, args.device);
      refuseTwice(objectives);
      const conditions = args.where.map((text) => parseCondition(text, experiment, args.device));
      const trials = frontOf(store.trials(run.id), objectives, conditions);

      const format = args.json ? "json" : args.format;
      const asked = { ...experiment, objectives };
      const text =
        format === "json"
          ? JSON.stringify({ ...frontJson(experiment, run.id, trials), objectives: objectives.map(formatObjective) }, null, 2)
          : format === "csv"
            ? renderCsv(asked, trials, args.device)
            : format === "svg"
              ? await drawn(asked, [...store.trials(run.id)], trials)
              : trials.length === 0
                ? `no feasible trial of ${run.id}${conditions.length > 0 ? " meets the conditions" : ""}`
                : renderFront(asked, trials, args.device);
      if (args.output !== undefined) {
        writeOutput(args.output, text.endsWith("\n") ? text : `${text}\n`, args);
        if (args.json) printJson({ run: run.id, format, output: args.output, trials: trials.length });
      } else print(text);
    } finally {
      store.close();
    }
  },
};

/** The drawing libraries take longer to load than all the rest, and few commands draw. */
async function drawn(...args: Parameters<typeof RenderPlot>): Promise<string> {
  const { renderPlot } = await import("../plot.ts");
  return renderPlot(...args);
}
