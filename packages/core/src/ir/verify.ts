/** Whether a network is one. */
import { bitsPerElement, equalShapes, formatType, isInteger, type TensorType } from "./format.ts";
import type { Network, Node } from "./network.ts";
import { inferType, ShapeError } from "./shapes.ts";

/** A network that is not one: names the node at fault, where there is one. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly node: string | undefined;
  /** What is wrong, without the node's name. */
  readonly problem: string;

  constructor(problem: string, node?: string) {
    super(node === undefined ? problem : `node '${node}': ${problem}`);
    this.node = node;
    this.problem = problem;
  }
}

const validName = /^[A-Za-z0-9_./-]+$/;

function verifyNumbers(node: Node): void {
  const { op } = node;
  if ("epsilon" in op && !(Number.isFinite(op.epsilon) && op.epsilon >= 0)) {
    throw new NetworkError(`epsilon must be a finite number of at least 0, not ${op.epsilon}`, node.name);
  }
  const valued = op.kind === "constant" || op.kind === "pad";
  if (valued && !Number.isFinite(op.value)) throw new NetworkError(`its value must be finite, not ${op.value}`, node.name);
  if (op.kind === "opaque" && !/^[A-Za-z0-9_.-]+$/.test(op.name)) {
    throw new NetworkError(`an operator's name consists of letters, digits and _ . -, not '${op.name}'`, node.name);
  }
}

/** Whether a node may state a type where inference gives another: see `Node.output`. */
function mayState({ op, output }: Node, inferred: TensorType): boolean {
  if (!equalShapes(inferred.shape, output.shape)) return false;
  if (inferred.format === output.format || op.kind === "opaque") return true;
  return op.kind !== "cast" && isInteger(inferred.format) && isInteger(output.format);
}

function verifyStores(node: Node): void {
  for (const store of Object.values(node.stored ?? {})) {
    if (!validName.test(store)) throw new NetworkError(`the store '${store}': a name consists of letters, digits and _ . / -`, node.name);
  }
}

/**
 * Checks all that the rest of the code trusts: names are valid and unique, inputs are earlier nodes, every operator
 * can take its inputs, the types that nodes state are those that inference gives, there is an output, outputs exist.
 * @throws NetworkError naming the first node at fault
 */
export function verifyNetwork(network: Network): void {
  const names = new Set<string>();
  network.nodes.forEach((node, index) => {
    if (!validName.test(node.name)) throw new NetworkError("a name consists of letters, digits and _ . / -", node.name);
    if (names.has(node.name)) throw new NetworkError("two nodes have this name", node.name);
    names.add(node.name);
    const inputs = node.inputs.map((input) => {
      const earlier = Number.isInteger(input) && input < index ? network.nodes[input] : undefined;
      if (!earlier) throw new NetworkError(`input ${input} is not an earlier node (this one is ${index})`, node.name);
      return earlier.output;
    });
    for (const format of [node.output.format, node.weightFormat]) {
      if (!Object.hasOwn(bitsPerElement, format)) throw new NetworkError(`'${format}' is not a number format`, node.name);
    }
    verifyNumbers(node);
    verifyStores(node);
    let inferred: TensorType;
    try {
      inferred = inferType(node.op, inputs, node.weightFormat);
    } catch (error) {
      if (error instanceof ShapeError) throw new NetworkError(`${node.op.kind} ${error.message}`, node.name);
      throw error;
    }
    if (!mayState(node, inferred)) {
      throw new NetworkError(`states ${formatType(node.output)}, but ${node.op.kind} gives ${formatType(inferred)}`, node.name);
    }
  });
  if (network.outputs.length === 0) throw new NetworkError("the network has no output");
  for (const output of network.outputs) {
    if (!network.nodes[output]) throw new NetworkError(`output ${output} does not exist; there are ${network.nodes.length} nodes`);
  }
}
