/** What a user may write of the space `backbone`, and what becomes of it. */
import { z } from "zod";
import { InputError, type Json, nearestSpelling } from "../../base/index.ts";
import { type Network, networkFromJson, networkToJson } from "../../ir/index.ts";
import { choices, meanings, resolutionChoices } from "../staged/spec.ts";
import { blockEnds, firstNodes, givesImages } from "./cuts.ts";

type NetworkJson = Readonly<Record<string, Json>>;

export const backboneSchema = z.strictObject({
  name: z.literal("backbone"),
  /** `network` stands in its place once that has been read. */
  model: z.string().min(1).optional().describe("Path of an ONNX file: a convolutional network in float32."),
  cuts: choices(z.string().min(1)).optional().describe("Names of nodes to cut at, one or a list; by default the ends of all blocks."),
  pooling: choices(z.enum(["average", "max"]))
    .default(["average", "max"])
    .describe("How the features of a part of the image become one number each, or a list to choose from."),
  grid: choices(z.int().min(1).max(16))
    .default([1, 2])
    .describe("Into how many parts each side of the image is divided before, or a list to choose from."),
  resolution: resolutionChoices.optional().describe(meanings.resolution),
  /** The model up to its last cut, as `networkToJson` writes it, without the numbers of its weights. */
  network: z
    .custom<NetworkJson>((value) => typeof value === "object" && value !== null)
    .optional()
    .describe("Filled in by the program when it has read the model."),
});

export type BackboneSpec = z.output<typeof backboneSchema>;

/** A backbone that has been read. */
export interface Backbone {
  readonly network: Network;
  /** Nodes to cut at, in order. */
  readonly cuts: readonly string[];
}

/** @throws InputError where no model was read yet, or it cannot be cut as asked. */
export function readBackbone(spec: BackboneSpec): Backbone {
  if (spec.network === undefined) {
    throw new InputError("the space 'backbone' is made of the layers of a model", {
      expected: "'model' in an experiment's 'space': the path of an ONNX file",
      suggestion: "space: { name: backbone, model: mobilenet.onnx }",
    });
  }
  const network = networkFromJson(spec.network);
  return { network, cuts: spec.cuts ? namedCuts(network, spec.cuts) : foundCuts(network) };
}

/** The spec with the model's cuts written out, and no more of the model than they need. @throws InputError as {@link readBackbone} */
export function resolveBackbone({ model: _model, ...spec }: BackboneSpec): BackboneSpec {
  const { network, cuts } = readBackbone(spec);
  const last = network.nodes.findIndex(({ name }) => name === cuts.at(-1));
  const needed = networkToJson(firstNodes(network, last + 1)) as NetworkJson;
  return { ...spec, cuts: [...cuts], network: needed };
}

function foundCuts(network: Network): readonly string[] {
  const cuts = blockEnds(network).map((index) => network.nodes[index]?.name as string);
  if (cuts.length > 0) return cuts;
  throw new InputError("the model has no point behind a convolution at which it could be cut", {
    expected: "a convolutional network in float32, or 'cuts' with the names of nodes that give images of features",
  });
}

/** In the order of the model, in which later cuts are deeper. */
function namedCuts({ nodes }: Network, asked: readonly string[]): readonly string[] {
  const known = nodes.filter(givesImages).map(({ name }) => name);
  for (const name of asked) {
    if (known.includes(name)) continue;
    throw new InputError(`the model has no node '${name}' that gives images of features`, {
      expected: `one of its nodes: ${known.slice(0, 40).join(", ")}${known.length > 40 ? ", …" : ""}`,
      suggestion: nearestSpelling(name, known),
    });
  }
  return known.filter((name) => asked.includes(name));
}
