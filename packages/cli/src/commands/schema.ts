/** `archwright schema`: prints the JSON Schema of an experiment, a device profile or a search space. */
import { loadPluginsNamedIn } from "../input/loadExperiment.ts";
import { type SchemaName, schemas } from "../input/schemas.ts";
import { forceOption, requireEnding, writeOutput } from "../output/outputFile.ts";
import { print, printJson } from "../output/render.ts";
import { command, type Parser } from "../shell/command.ts";

const builder = (yargs: Parser) =>
  yargs
    .positional("of", { choices: Object.keys(schemas) as SchemaName[], demandOption: true, describe: "What the YAML is of" })
    .option("plugins-of", { type: "string", describe: "An experiment's file: what its plugins bring is in the schema too" })
    .option("output", { type: "string", describe: "File to write; without it the schema is printed" })
    .options(forceOption);

export const schemaCommand = command({
  command: "schema <of>",
  describe: "Print the JSON Schema by which editors complete and check a YAML",
  builder,
  handler: async ({ of, pluginsOf: experiment, output, force, json }, workspace) => {
    if (experiment !== undefined) await loadPluginsNamedIn(experiment, workspace);
    const schema = schemas[of](workspace);
    if (output === undefined) {
      printJson(schema);
      return;
    }
    requireEnding(output, [".json"]);
    writeOutput(output, `${JSON.stringify(schema, null, 2)}\n`, { force });
    if (json) printJson({ written: output });
    else print(`wrote ${output}\nfor editors, as the first line of a YAML file: # yaml-language-server: $schema=${output}`);
  },
});
