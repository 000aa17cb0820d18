/** Networks as JSON. */
import { z } from "zod";
import { InputError, type Json } from "../../base/index.ts";
import { nodeAt } from "../graph.ts";
import { type Network, type Node, type NodeIndex, parameterRoles } from "../network.ts";
import { NetworkError, verifyNetwork } from "../verify.ts";
import { firstIssue, formatSchema, operatorSchema } from "./operatorSchema.ts";

const nodeSchema = z.strictObject({
  name: z.string(),
  op: operatorSchema,
  inputs: z.array(z.string()),
  output: z.strictObject({ shape: z.array(z.int()), format: formatSchema }),
  weightFormat: formatSchema,
  stored: z.partialRecord(z.enum(parameterRoles), z.string()).optional(),
});

const networkSchema = z.strictObject({
  format: z.literal("archwright-network"),
  version: z.literal(1),
  nodes: z.array(nodeSchema),
  outputs: z.array(z.string()),
});

/** The network as JSON, version 1: nodes in order, inputs and outputs by name. Read back by {@link networkFromJson}. */
export function networkToJson(network: Network): Json {
  const nameOf = (index: NodeIndex) => nodeAt(network, index).name;
  return {
    format: "archwright-network",
    version: 1,
    nodes: network.nodes.map(({ name, op, inputs, output, weightFormat, stored }) => ({
      name,
      op: { ...op },
      inputs: inputs.map(nameOf),
      output: { ...output },
      weightFormat,
      ...(stored ? { stored: { ...stored } } : {}),
    })),
    outputs: network.outputs.map(nameOf),
  };
}

/**
 * The network of a JSON value (already parsed from text).
 * @throws InputError saying where in the value, or which node, is at fault
 */
export function networkFromJson(value: unknown): Network {
  const parsed = networkSchema.safeParse(value);
  if (!parsed.success) {
    throw new InputError(`this is no network: ${firstIssue(parsed.error)}`, {
      expected: "what networkToJson writes (archwright-network, version 1)",
    });
  }
  const indexOf = new Map<string, NodeIndex>();
  const find = (name: string, reader: string): NodeIndex => {
    const index = indexOf.get(name);
    if (index === undefined) throw new InputError(`this is no network: ${reader} reads '${name}', which is not an earlier node`);
    return index;
  };
  const nodes = parsed.data.nodes.map(({ stored, ...node }, index): Node => {
    const inputs = node.inputs.map((name) => find(name, node.name));
    indexOf.set(node.name, index);
    return { ...node, inputs, ...(stored ? { stored: stored as NonNullable<Node["stored"]> } : {}) };
  });
  const network: Network = { nodes, outputs: parsed.data.outputs.map((name) => find(name, "outputs")) };
  try {
    verifyNetwork(network);
  } catch (error) {
    if (error instanceof NetworkError) throw new InputError(`this is no network: ${error.message}`);
    throw error;
  }
  return network;
}
