/** Networks as canonical text. */
import { InputError, nearestSpelling, stableHash } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import { formatType, type NumberFormat, numberFormats, type TensorType } from "../format.ts";
import { nodeAt } from "../graph.ts";
import { type Network, type Node, type NodeIndex, parameterRoles } from "../network.ts";
import type { Operator, OperatorKind } from "../operators.ts";
import { parametersOf } from "../parameters.ts";
import { NetworkError, verifyNetwork } from "../verify.ts";
import { attributeNames, firstIssue, operatorKinds, operatorSchemas } from "./operatorSchema.ts";

function formatValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(",")}]` : String(value);
}

function formatCall({ op, inputs }: Node, nameOf: (index: NodeIndex) => string): string {
  const attributes = op as unknown as Readonly<Record<string, unknown>>;
  const given = attributeNames[op.kind].map((key: string) => `${key}=${formatValue(attributes[key])}`);
  return `${op.kind}(${[...inputs.map(nameOf), ...given].join(", ")})`;
}

function formatStores({ stored }: Node): string {
  const names = parameterRoles.flatMap((role) => (stored?.[role] === undefined ? [] : [`${role}:${stored[role]}`]));
  return names.length === 0 ? "" : ` stored=${names.join(",")}`;
}

function parseStores(text: string): NonNullable<Node["stored"]> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [role = "", ...name] = part.split(":");
      if (!parameterRoles.some((known) => known === role)) {
        throw new InputError(`'${role}' is no role of a parameter`, { expected: `one of ${parameterRoles.join(", ")}` });
      }
      return [role, name.join(":")];
    }),
  );
}

/**
 * The canonical text, one line a node and the outputs last:
 *
 *     input = input(shape=[1,3,8,8]) : float32[1,3,8,8]
 *     conv2d_1 = conv2d(input, outChannels=4, kernel=[3,3], …, bias=false) : float32[1,4,8,8] weights=int8
 *     return conv2d_1
 *
 * `weights=` stands only where the weights' format is not the output's, `stored=role:name,…` where parameters lie in stores. Read back by {@link parseNetwork}.
 */
export function formatNetwork(network: Network): string {
  const nameOf = (index: NodeIndex) => nodeAt(network, index).name;
  const lines = network.nodes.map((node) => {
    const weights = node.weightFormat === node.output.format ? "" : ` weights=${node.weightFormat}`;
    return `${node.name} = ${formatCall(node, nameOf)} : ${formatType(node.output)}${weights}${formatStores(node)}`;
  });
  return `${[...lines, `return ${network.outputs.map(nameOf).join(", ")}`].join("\n")}\n`;
}

/**
 * SHA-256 (hexadecimal) of the canonical text with names replaced by positions, and without weight formats of nodes that have no
 * weights: networks that compute the same in the same order have the same hash, whatever their nodes are called.
 * Two orders of the same graph have different hashes.
 */
export function networkHash(network: Network): string {
  const nameOf = (index: NodeIndex) => `%${index}`;
  const stores: string[] = [];
  const numbered = (store: string) => `%${stores.includes(store) ? stores.indexOf(store) : stores.push(store) - 1}`;
  const numberedStores = ({ stored, ...node }: Node) =>
    stored === undefined
      ? ""
      : formatStores({ ...node, stored: Object.fromEntries(Object.entries(stored).map(([role, store]) => [role, numbered(store)])) });
  const lines = network.nodes.map((node) => {
    const weights = parametersOf(network, node).length === 0 ? "" : ` ${node.weightFormat}`;
    return `${formatCall(node, nameOf)} : ${formatType(node.output)}${weights}${numberedStores(node)}`;
  });
  return stableHash(`${lines.join("\n")}\nreturn ${network.outputs.map(nameOf).join(", ")}`);
}

const nodeLine = /^(\S+) = (\w+)\((.*)\) : (\w+)\[([\d,]*)\](?: weights=(\w+))?(?: stored=(\S+))?$/;
const returnLine = /^return (\S.*)$/;
const form = "name = kind(inputs, attribute=value, …) : format[shape], or as the last line: return outputs";

function parseValue(text: string): unknown {
  if (/^\[.*\]$/.test(text)) {
    const items = text.slice(1, -1);
    return items === "" ? [] : items.split(",").map(parseValue);
  }
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function parseOperator(kind: string, attributes: readonly string[]): Operator {
  if (!Object.hasOwn(operatorSchemas, kind)) {
    const expected = `one of ${operatorKinds.join(", ")}`;
    throw new InputError(`'${kind}' is not an operator`, { expected, suggestion: nearestSpelling(kind, operatorKinds) });
  }
  const fields: Record<string, unknown> = { kind };
  for (const attribute of attributes) {
    const [key, ...value] = attribute.split("=");
    fields[key as string] = parseValue(value.join("="));
  }
  const parsed = operatorSchemas[kind as OperatorKind].safeParse(fields);
  if (parsed.success) return parsed.data;
  const expected = `the attributes ${attributeNames[kind as OperatorKind].join(", ") || "none"}`;
  throw new InputError(`${kind}: ${firstIssue(parsed.error)}`, { expected });
}

function parseFormat(text: string): NumberFormat {
  const format = numberFormats.find((candidate) => candidate === text);
  if (format) return format;
  const expected = `one of ${numberFormats.join(", ")}`;
  throw new InputError(`'${text}' is not a number format`, { expected, suggestion: nearestSpelling(text, numberFormats) });
}

/**
 * The network of a canonical text.
 * @param file what errors call the text
 * @throws InputError with the line, where the text is no network or the network is not valid
 */
export function parseNetwork(text: string, file = "network"): Network {
  const nodes: Node[] = [];
  const indexOf = new Map<string, NodeIndex>();
  let outputs: readonly NodeIndex[] | undefined;
  const find = (name: string): NodeIndex => {
    const index = indexOf.get(name);
    if (index === undefined) {
      throw new InputError(`'${name}' is not an earlier node`, { suggestion: nearestSpelling(name, [...indexOf.keys()]) });
    }
    return index;
  };
  const lineOf: number[] = [];
  const parseLine = (line: string): void => {
    if (outputs) throw new InputError("there is something after the outputs", { expected: "nothing after 'return …'" });
    const node = nodeLine.exec(line);
    if (!node) {
      const returned = returnLine.exec(line);
      if (!returned) throw new InputError(`'${line}' is no line of a network`, { expected: form });
      outputs = item(returned, 1).split(", ").map(find);
      return;
    }
    const [, name, kind, call, format, shape, weights, stores] = node as unknown as [
      string,
      string,
      string,
      string,
      string,
      string,
      string?,
      string?,
    ];
    const parts = call === "" ? [] : call.split(", ");
    const output: TensorType = { shape: shape === "" ? [] : shape.split(",").map(Number), format: parseFormat(format) };
    const op = parseOperator(
      kind,
      parts.filter((part) => part.includes("=")),
    );
    const inputs = parts.filter((part) => !part.includes("=")).map(find);
    indexOf.set(name, nodes.length);
    const weightFormat = weights === undefined ? output.format : parseFormat(weights);
    nodes.push({ name, op, inputs, output, weightFormat, ...(stores === undefined ? {} : { stored: parseStores(stores) }) });
  };
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "") return;
    try {
      parseLine(line.trim());
      lineOf.push(index + 1);
    } catch (error) {
      throw error instanceof InputError ? error.at({ file, line: index + 1 }) : error;
    }
  });
  if (!outputs) throw new InputError("the last line is missing", { place: { file }, expected: "return outputs" });
  const network: Network = { nodes, outputs };
  try {
    verifyNetwork(network);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const line = lineOf[nodes.findLastIndex((node) => node.name === error.node)];
    throw new InputError(error.message, { place: line === undefined ? { file } : { file, line } });
  }
  return network;
}
