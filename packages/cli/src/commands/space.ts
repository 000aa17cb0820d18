/** `archwright space`: lists search spaces, shows one, and samples from it. */
import { createRng, createSpace, InputError, networkCosts, type SpaceSpec, spaceDescriptions } from "@archwright/core";
import { atLeast } from "../input/optionValues.ts";
import { describeShippedSpace, namedSpace, shippedSpaces, taskFor, taskOptions } from "../input/spaceArgs.ts";
import type { Workspace } from "../input/workspace.ts";
import { print, printJson, renderTable } from "../output/render.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";

/** More would not fit into memory as one list. */
const MOST_SAMPLES = 1_000_000;

const builder = (yargs: Parser) =>
  yargs
    .positional("action", { choices: ["list", "show", "sample"] as const, demandOption: true })
    .positional("target", { type: "string", describe: "A space's name, or a YAML file that describes one" })
    .option("count", { type: "number", default: 5, describe: "How many architectures to sample" })
    .option("seed", { type: "number", default: 0, describe: "Seed of the random numbers" })
    .options(taskOptions);

type SpaceArgs = ArgsOf<typeof builder>;

export const spaceCommand = command({
  command: "space <action> [target]",
  describe: "List search spaces, show one, or sample architectures from it",
  builder,
  handler: (args, workspace) => {
    if (args.action === "list") {
      const spaces = [
        ...Object.entries(spaceDescriptions).map(([name, description]) => ({ name, description })),
        ...Object.entries(shippedSpaces(workspace)).map(([name, file]) => ({ name, description: describeShippedSpace(file) })),
      ];
      if (args.json) printJson({ spaces });
      else
        print(
          renderTable(
            ["space", "what it holds"],
            spaces.map(({ name, description }) => [name, description]),
            () => false,
          ),
        );
      return;
    }
    atLeast("seed", args.seed, 0);
    const spec = specOf(args.target, args.action, workspace);
    const task = taskFor(spec, args);
    const space = createSpace(spec, task);
    if (args.action === "show") {
      const detail = {
        name: space.name,
        size: space.size.toString(),
        ...(space.sizeIsBound ? { size_is_bound: true } : {}),
        encoding_length: sampled(space, args).encoding,
        settings: spec,
        task,
      };
      if (args.json) printJson(detail);
      else {
        print(
          `${space.name}: ${space.sizeIsBound ? "at most " : ""}${space.size} architectures, encoded in ${detail.encoding_length} numbers`,
        );
        print(JSON.stringify(spec, null, 2));
      }
      return;
    }
    atLeast("count", args.count, 1, MOST_SAMPLES);
    const rng = createRng(args.seed);
    const samples = Array.from({ length: args.count }, () => {
      const genotype = space.sample(rng);
      const { macs, parameters } = networkCosts(space.network(genotype, task));
      return { architecture: space.format(genotype), macs, parameters };
    });
    if (args.json) printJson({ space: space.name, seed: args.seed, samples });
    else {
      const rows = samples.map(({ architecture, macs, parameters }) => [architecture, String(macs), String(parameters)]);
      print(renderTable(["architecture", "MACs", "parameters"], rows, (column) => column > 0));
    }
  },
});

function sampled(space: ReturnType<typeof createSpace>, { seed }: SpaceArgs): { readonly encoding: number } {
  return { encoding: space.encode(space.sample(createRng(seed))).length };
}

function specOf(target: string | undefined, action: string, workspace: Workspace): SpaceSpec {
  if (target === undefined) throw new InputError(`say which space to ${action}`, { expected: `archwright space ${action} NAME or FILE` });
  return namedSpace(target, workspace);
}
