/** Functions that a model brings with it, written out where they are called. */
import { InputError } from "@archwright/core/base";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetProto } from "../../proto.ts";
import { OnnxNode, shown } from "./onnxNode.ts";

/** More nodes than any network has that fits a device; functions that call functions can say billions in a few lines. */
const mostNodes = 100_000;

const domainOf = (domain = "") => (domain === "ai.onnx" ? "" : domain);
const keyOf = ({ domain, overload = "" }: { readonly domain?: string; readonly overload?: string }, name = "") =>
  `${domainOf(domain)}:${name}:${overload}`;

/** The version of ONNX's own operators. */
export function opsetOf(imports: readonly OperatorSetProto[] | undefined): number | undefined {
  return imports?.find(({ domain }) => domainOf(domain) === "")?.version;
}

type Rename = (name: string) => string;

/** A graph inside a function, its names and the attributes that the caller gives put in. */
function graphOf(graph: GraphProto, rename: Rename, given: ReadonlyMap<string, AttributeProto>): GraphProto {
  const { node = [], initializer = [], input = [], output = [], valueInfo = [] } = graph;
  const renamed = <T extends { readonly name?: string }>(list: readonly T[]) =>
    list.map((one) => ({ ...one, name: rename(one.name ?? "") }));
  return {
    ...graph,
    node: node.map((one) => nodeOf(one, rename, given)),
    initializer: renamed(initializer),
    input: renamed(input),
    output: renamed(output),
    valueInfo: renamed(valueInfo),
  };
}

function nodeOf(node: NodeProto, rename: Rename, given: ReadonlyMap<string, AttributeProto>): NodeProto {
  const attribute = (node.attribute ?? []).flatMap((one): AttributeProto[] => {
    if (one.refAttrName) {
      const found = given.get(one.refAttrName);
      return found ? [{ ...found, name: one.name }] : [];
    }
    return [one.g ? { ...one, g: graphOf(one.g, rename, given) } : one];
  });
  return { ...node, input: (node.input ?? []).map(rename), output: (node.output ?? []).map(rename), attribute };
}

/** Writes the functions of one model out. */
export class Functions {
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #file: string;
  #nodes = 0;
  #calls = 0;

  constructor({ functions = [] }: ModelProto, file: string) {
    this.#functions = new Map(functions.map((one) => [keyOf(one, one.name), one]));
    this.#file = file;
  }

  /**
   * The nodes of a graph, in the order of the file, functions written out.
   * @throws InputError where functions call each other in a circle or stand for too many nodes.
   */
  expanded(nodes: readonly NodeProto[], opset?: number, within: readonly string[] = []): OnnxNode[] {
    return nodes.flatMap((node) => {
      const key = keyOf(node, node.opType);
      const called = this.#functions.get(key);
      if (++this.#nodes > mostNodes) this.#fail(node, `the graph has more than ${mostNodes} nodes once its functions are written out`);
      if (!called) return [new OnnxNode(node, opset)];
      if (within.includes(key)) this.#fail(node, "the function calls itself");
      return this.expanded(this.#body(node, called), opsetOf(called.opsetImport) ?? opset, [...within, key]);
    });
  }

  #body(call: NodeProto, called: FunctionProto): readonly NodeProto[] {
    const { label } = new OnnxNode(call);
    // Every call has names of its own; the sign cannot stand in a name that people choose.
    const prefix = `${label}\u241f${++this.#calls}/`;
    const names = new Map<string, string>();
    for (const [i, name] of (called.input ?? []).entries()) names.set(name, call.input?.[i] ?? "");
    for (const [i, name] of (called.output ?? []).entries()) names.set(name, call.output?.[i] || `${prefix}${name}`);
    const rename = (name: string) => (name === "" ? "" : (names.get(name) ?? `${prefix}${name}`));
    const given = new Map([...(called.attributeProto ?? []), ...(call.attribute ?? [])].map((one) => [one.name, one]));
    return (called.node ?? []).map((node) => ({ ...nodeOf(node, rename, given), name: `${label}/${node.name || node.opType || ""}` }));
  }

  #fail(node: NodeProto, problem: string): never {
    const { label, type } = new OnnxNode(node);
    throw new InputError(`node '${label}' (${shown(type)}): ${problem}`, {
      place: { file: this.#file },
      expected: "functions that can be written out",
    });
  }
}
