/** `archwright pareto`: the front of a run under conditions, as a table, JSON, CSV or a picture. */
import type { Run, Store } from "@archwright/core";
import {
  describeComparison,
  FollowedRun,
  frontJson,
  frontPicture,
  type NumberedFront,
  queryFront,
  type Shown,
} from "@archwright/core/query";
import { renderCsv } from "../front/csv.ts";
import { renderFront } from "../front/table.ts";
import { openRun } from "../input/openRun.ts";
import { storeOption, storeToRead } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { paretoLine } from "../output/commandLines.ts";
import { forceOption, writeOutput } from "../output/outputFile.ts";
import { lineWidth, print, printJson } from "../output/render.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";

const builder = (yargs: Parser, workspace: Workspace) =>
  yargs
    .positional("run", { type: "string", describe: "A run's id, or its experiment's name" })
    .option("device", { type: "string", describe: "Show costs and objectives of this device only" })
    .option("objectives", { type: "string", describe: "Compare by these instead of the experiment's objectives: error,latency@local" })
    .option("where", {
      type: "string",
      array: true,
      nargs: 1,
      describe: "A condition, such as 'latency<=5ms' or 'accuracy>=95%'; may be given several times",
    })
    .option("format", { choices: ["table", "json", "csv", "svg"] as const, default: "table" as const, describe: "How to write the front" })
    .option("output", { type: "string", describe: "Write to a file instead of stdout" })
    .options(forceOption)
    .option("wide", { type: "boolean", default: false, describe: "Show all columns and whole architectures, however wide the terminal is" })
    .option("columns", { type: "string", describe: "Show these columns of the table or CSV: accuracy,latency@local" })
    .options(storeOption(workspace));

type ParetoArgs = ArgsOf<typeof builder>;

export const paretoCommand = command({
  command: "pareto [run]",
  describe: "Show the Pareto front of a run (default: the latest)",
  builder,
  handler: async (args, workspace) => {
    const store = storeToRead(args.store);
    try {
      const run = await openRun(store, args.run);
      const format = args.json ? "json" : args.format;
      const { text, members } = format === "svg" ? await drawn(store, run, args) : listed(store, run, format, args, workspace);
      if (args.output !== undefined) {
        writeOutput(args.output, text.endsWith("\n") ? text : `${text}\n`, args);
        if (args.json) printJson({ run: run.id, format, output: args.output, trials: members });
      } else print(text);
    } finally {
      store.close();
    }
  },
});

interface Rendered {
  readonly text: string;
  /** How many trials the front has. */
  readonly members: number;
}

/** The picture shows all trials that were compared. */
async function drawn(store: Store, { id, experiment }: Run, args: ParetoArgs): Promise<Rendered> {
  const front = queryFront(experiment, store.trials(id), args);
  // The drawing libraries take longer to load than all the rest, and few commands draw.
  const { renderPlot } = await import("../front/plot.ts");
  return { text: await renderPlot(frontPicture(experiment, id, front)), members: front.trials.length };
}

/** Of all other trials their numbers are enough, which are read many times faster. */
function listed(store: Store, run: Run, format: string, args: ParetoArgs, workspace: Workspace): Rendered {
  const followed = new FollowedRun(store, run.id);
  followed.update();
  const front = followed.front(run.experiment, args);
  return { text: render(format, { ...front, run }, args, workspace), members: front.trials.length };
}

type Answer = NumberedFront & { readonly run: Run };

function render(format: string, answer: Answer, args: ParetoArgs, workspace: Workspace): string {
  const { run, objectives, trials } = answer;
  const { experiment } = run;
  const columns = args.columns?.split(",").map((name) => name.trim());
  const shown: Shown = { ...answer, experiment, device: args.device };
  if (format === "json") return JSON.stringify(frontJson(experiment, run.id, answer, objectives), null, 2);
  if (format === "csv") return renderCsv(shown, columns);
  if (trials.length === 0) return `no feasible trial of ${run.id}${(args.where ?? []).length > 0 ? " meets the conditions" : ""}`;
  const options = { width: lineWidth(), wide: args.wide, columns, command: paretoLine(run.id, args, workspace) };
  return [describeComparison(answer), "", renderFront(shown, options)].join("\n");
}
