/** The table of search spaces, and what a user may write of each. */
import { z } from "zod";
import { checkInput, inputJsonSchema, type JsonSchema, parseYaml } from "../base/index.ts";
import type { ImageClassification, Task } from "../tasks/index.ts";
import { backboneSpace } from "./backbone/backbone.ts";
import { backboneSchema, resolveBackbone } from "./backbone/spec.ts";
import type { CategoricalSpace } from "./categorical.ts";
import { fbnet } from "./fbnet.ts";
import { mobile, mobileSchema, resolveMobile } from "./mobile.ts";
import { nasbench201 } from "./nasbench201.ts";
import type { SpaceKind } from "./spaceKind.ts";
import { stagedFields } from "./staged/spec.ts";
import { stagedSpace } from "./staged/staged.ts";

/** The spaces that there are, for `space list`. */
const descriptions = {
  nasbench201: "cells of four nodes with five operations on six edges, 15,625 architectures (Dong and Yang 2020)",
  fbnet: "22 blocks with nine choices each, made for 224×224 images (Wu et al. 2019)",
  mobile: "stages of inverted-residual blocks; kernel, expansion, depth, width, stride, squeeze-excitation, resolution",
  custom: "your own: stages, block types and choices, written in YAML",
  backbone: "the first layers of a network of your own, given as ONNX, and a linear classifier on what they give",
} as const;

const named = <K extends keyof typeof descriptions>(name: K) => z.literal(name).describe(`${descriptions[name]}.`);

/** What a user may write of a space; see the space's own page for what the options mean. */
export const spaceSpecSchema = z.discriminatedUnion("name", [
  z.strictObject({
    name: named("nasbench201"),
    cells_per_stage: z.int().min(1).max(20).default(5).describe("Cells of each of the three stages."),
    channels: z.int().min(1).max(1024).default(16).describe("Channels of the first stage; each later one has twice as many."),
  }),
  z.strictObject({
    name: named("fbnet"),
    stem_stride: z.int().min(1).max(2).default(2).describe("Stride of the first convolution: 1 for small images."),
  }),
  mobileSchema.extend({ name: named("mobile") }),
  z.strictObject({ name: named("custom"), ...stagedFields }),
  backboneSchema.extend({ name: named("backbone") }),
]);

/** A search space and its options, as plain JSON with defaults written out. */
export type SpaceSpec = z.output<typeof spaceSpecSchema>;
/** A search space as written: options may be left out, and a single option need not be a list. */
export type SpaceSpecInput = z.input<typeof spaceSpecSchema>;

/** The spaces that there are, with what each holds. */
export const spaceDescriptions: Readonly<Record<SpaceSpec["name"], string>> & Readonly<Record<string, string>> = { ...descriptions };

const names = Object.keys(spaceDescriptions);
export const spaceNames: readonly string[] = names;

const added = new Map<string, SpaceKind>();

/** Adds a space from outside, whose name was checked. */
export function addSpace(kind: SpaceKind): void {
  added.set(kind.name, kind);
  names.push(kind.name);
  (spaceDescriptions as Record<string, string>)[kind.name] = kind.description;
}

/** What a user may write of a space, those from outside among them: what these are is for themselves to know. */
export function spaceSchemaNow(): z.ZodType<SpaceSpec, SpaceSpecInput> {
  if (added.size === 0) return spaceSpecSchema;
  const others = [...added.values()].map(({ name, description, settings }) =>
    settings.extend({ name: z.literal(name).describe(description) }).strict(),
  );
  return z.discriminatedUnion("name", [...spaceSpecSchema.options, ...others]) as unknown as z.ZodType<SpaceSpec, SpaceSpecInput>;
}

/** CIFAR-10's: what NAS-Bench-201 was published on, and the task where none is given. */
export const usualTask: ImageClassification = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 };

/** What the networks of published tables are for; CIFAR-10 where nothing is published. */
export function usualTaskOf({ name }: Pick<SpaceSpec, "name">): ImageClassification {
  return name === "fbnet" ? { kind: "image-classification", channels: 3, height: 224, width: 224, classes: 1000 } : usualTask;
}

/** The spec with every default, those that depend on the task included: the same spec gives the same space from then on. */
export function resolveSpaceSpec(spec: SpaceSpecInput, task: Task = usualTask): SpaceSpec {
  const checked = checkInput<SpaceSpec>(spaceSchemaNow(), spec);
  if (checked.name === "backbone") return resolveBackbone(checked);
  return checked.name === "mobile" ? resolveMobile(checked, task) : checked;
}

/** The shorter side of the smallest images that networks of a space take, where the space resizes them. */
export function smallestResolution(spec: SpaceSpec): number | undefined {
  return "resolution" in spec && Array.isArray(spec.resolution) ? Math.min(...spec.resolution) : undefined;
}

/**
 * Makes a search space.
 * @param task what its networks are for; `mobile` chooses the sizes left open by it.
 * @throws InputError where the spec is not one.
 */
export function createSpace(spec: SpaceSpecInput, task: Task = usualTask): CategoricalSpace {
  const checked = checkInput<SpaceSpec>(spaceSchemaNow(), spec);
  const kind = added.get(checked.name);
  if (kind) {
    const { name: _, ...settings } = checked;
    return kind.create(settings, task);
  }
  switch (checked.name) {
    case "nasbench201":
      return nasbench201(checked);
    case "fbnet":
      return fbnet(checked);
    case "mobile":
      return mobile(resolveMobile(checked, task));
    case "custom":
      return stagedSpace(checked.name, checked);
    case "backbone":
      return backboneSpace(checked);
  }
}

/** The JSON Schema, draft 7, of a space as it is written in a file of its own. It takes whatever the program takes. */
export function spaceJsonSchema(): JsonSchema {
  const description = "What architectures a search chooses from.";
  return inputJsonSchema(spaceSchemaNow(), { title: "Archwright search space", description });
}

/** Reads the YAML that describes a space. @throws InputError with file, line and column. */
export function parseSpaceYaml(text: string, file: string): SpaceSpec {
  return parseYaml<SpaceSpec>(text, file, spaceSchemaNow());
}
