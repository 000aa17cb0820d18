import {
  createRng,
  createSpace,
  InputError,
  nearestSpelling,
  networkCosts,
  parseSpaceYaml,
  type SpaceSpec,
  spaceDescriptions,
  spaceNames,
  type Task,
} from "@archwright/core";
import type { CommandModule } from "yargs";
import { readText } from "../files.ts";
import { print, printJson, renderTable } from "../render.ts";

interface SpaceArgs {
  readonly action: "list" | "show" | "sample";
  readonly target?: string;
  readonly count: number;
  readonly seed: number;
  readonly input: string;
  readonly classes: number;
  readonly json: boolean;
}

export const spaceCommand: CommandModule<object, SpaceArgs> = {
  command: "space <action> [target]",
  describe: "List search spaces, show one, or sample architectures from it",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["list", "show", "sample"], demandOption: true })
      .positional("target", { type: "string", describe: "A space's name, or a YAML file that describes one" })
      .option("count", { type: "number", default: 5, describe: "How many to sample" })
      .option("seed", { type: "number", default: 0 })
      .option("input", { type: "string", default: "3x32x32", describe: "Channels × height × width of the images" })
      .option("classes", { type: "number", default: 10 }) as never,
  handler: (args) => {
    if (args.action === "list") {
      const spaces = Object.entries(spaceDescriptions).map(([name, description]) => ({ name, description }));
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
    const spec = specOf(args.target, args.action);
    const task = taskOf(args);
    const space = createSpace(spec, task);
    if (args.action === "show") {
      const detail = {
        name: space.name,
        size: space.size.toString(),
        encoding_length: sampled(space, args).encoding,
        settings: spec,
        task,
      };
      if (args.json) printJson(detail);
      else {
        print(`${space.name}: ${space.size} architectures, encoded in ${detail.encoding_length} numbers`);
        print(JSON.stringify(spec, null, 2));
      }
      return;
    }
    if (!Number.isInteger(args.count) || args.count < 1)
      throw new InputError(`--count is ${args.count}`, { expected: "a whole number of at least 1" });
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
};

function sampled(space: ReturnType<typeof createSpace>, { seed }: SpaceArgs): { readonly encoding: number } {
  return { encoding: space.encode(space.sample(createRng(seed))).length };
}

function specOf(target: string | undefined, action: string): SpaceSpec {
  if (target === undefined) throw new InputError(`say which space to ${action}`, { expected: `archwright space ${action} NAME or FILE` });
  if (/\.ya?ml$/.test(target)) return parseSpaceYaml(readText(target, "a search space in YAML"), target);
  if (spaceNames.includes(target)) return { name: target } as SpaceSpec;
  throw new InputError(`there is no search space '${target}'`, {
    expected: `one of ${spaceNames.join(", ")}, or a YAML file`,
    suggestion: nearestSpelling(target, spaceNames),
  });
}

function taskOf({ input, classes }: SpaceArgs): Task {
  const match = /^(\d+)x(\d+)x(\d+)$/.exec(input);
  if (!match)
    throw new InputError(`--input '${input}' is not an image's shape`, {
      expected: "channels x height x width",
      suggestion: "--input 3x32x32",
    });
  const [channels, height, width] = match.slice(1).map(Number) as [number, number, number];
  return { kind: "image-classification", channels, height, width, classes };
}
