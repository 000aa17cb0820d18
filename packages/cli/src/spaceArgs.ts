import { InputError, nearestSpelling, parseSpaceYaml, type SpaceSpec, spaceNames, type Task, usualTaskOf } from "@archwright/core";
import { readText } from "./files.ts";

/** A space as a command line names it: by its name, or by a YAML file. @throws InputError */
export function namedSpace(target: string): SpaceSpec {
  if (/\.ya?ml$/.test(target)) return parseSpaceYaml(readText(target, "a search space in YAML"), target);
  if (spaceNames.includes(target)) return { name: target } as SpaceSpec;
  throw new InputError(`there is no search space '${target}'`, {
    expected: `one of ${spaceNames.join(", ")}, or a YAML file`,
    suggestion: nearestSpelling(target, spaceNames),
  });
}

/** Options that say what a space's networks are for; without them it is what published tables of the space are for. */
export const taskOptions = {
  input: { type: "string", describe: "Channels × height × width of the images", defaultDescription: "3x32x32; for fbnet 3x224x224" },
  classes: { type: "number", describe: "Classes to tell apart", defaultDescription: "10; for fbnet 1000" },
} as const;

export interface TaskArgs {
  readonly input?: string;
  readonly classes?: number;
}

/** @throws InputError for a shape that is none. */
export function taskFor(spec: SpaceSpec, { input, classes }: TaskArgs): Task {
  const usual = usualTaskOf(spec);
  const task = { ...usual, classes: classes ?? usual.classes };
  if (input === undefined) return task;
  const match = /^(\d+)x(\d+)x(\d+)$/.exec(input);
  if (!match)
    throw new InputError(`--input '${input}' is not an image's shape`, {
      expected: "channels x height x width",
      suggestion: "--input 3x32x32",
    });
  const [channels, height, width] = match.slice(1).map(Number) as [number, number, number];
  return { ...task, channels, height, width };
}
