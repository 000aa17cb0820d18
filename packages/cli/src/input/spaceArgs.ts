/** Search spaces and tasks as a command line names them. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError, nearestSpelling, parseSpaceYaml, type SpaceSpec, spaceNames, type Task, usualTaskOf } from "@archwright/core";
import { readText } from "@archwright/engine";
import type { Workspace } from "./workspace.ts";

/** The spaces that are shipped as YAML: their files by their names. */
export function shippedSpaces({ shippedSpaces: folder }: Pick<Workspace, "shippedSpaces">): Readonly<Record<string, string>> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return Object.fromEntries(files.sort().map((file) => [basename(file, ".yaml"), join(folder, file)]));
}

/** What a shipped space says of itself: its first line, which is a comment. */
export function describeShippedSpace(file: string): string {
  return readText(file, "a search space in YAML").split("\n", 1)[0]?.replace(/^# */, "") as string;
}

/** A space as a command line names it: by its name, or by a YAML file. @throws InputError */
export function namedSpace(target: string, workspace: Pick<Workspace, "shippedSpaces">): SpaceSpec {
  const shipped = shippedSpaces(workspace);
  const file = /\.ya?ml$/.test(target) ? target : Object.hasOwn(shipped, target) ? shipped[target] : undefined;
  if (file !== undefined) return parseSpaceYaml(readText(file, "a search space in YAML"), file);
  if (spaceNames.includes(target)) return { name: target } as SpaceSpec;
  const names = [...spaceNames, ...Object.keys(shipped)];
  throw new InputError(`there is no search space '${target}'`, {
    expected: `one of ${names.join(", ")}, or a YAML file`,
    suggestion: nearestSpelling(target, names),
  });
}

/** Options that say what a space's networks are for; without them it is what published tables of the space are for. */
export const taskOptions = {
  input: { type: "string", describe: "Shape of the images: channels x height x width", defaultDescription: "3x32x32; for fbnet 3x224x224" },
  classes: { type: "number", describe: "Number of classes", defaultDescription: "10; for fbnet 1000" },
} as const;

export interface TaskArgs {
  readonly input?: string | undefined;
  readonly classes?: number | undefined;
}

/** @throws InputError for a shape that is none. */
export function taskFor(spec: SpaceSpec, { input, classes }: TaskArgs): Task {
  const usual = usualTaskOf(spec);
  return { ...usual, classes: classes ?? usual.classes, ...(input === undefined ? {} : imageShape(input)) };
}

/** The value of `--input` where it is the shape of an image. @throws InputError */
export function imageShape(input: string): { readonly channels: number; readonly height: number; readonly width: number } {
  const match = /^(\d+)x(\d+)x(\d+)$/.exec(input);
  if (!match)
    throw new InputError(`--input '${input}' is not an image's shape`, {
      expected: "channels x height x width",
      suggestion: "--input 3x32x32",
    });
  const [channels, height, width] = match.slice(1).map(Number) as [number, number, number];
  return { channels, height, width };
}
