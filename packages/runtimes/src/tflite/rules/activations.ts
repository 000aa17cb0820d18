/** Activations that TensorFlow Lite writes into another operator. */
import { type ActivationFunction, elementCount, isInteger } from "@archwright/core/ir";
import type { Computed, OperatorReader } from "../reader.ts";
import { fusedActivations } from "../schema.ts";

const functions: Readonly<Record<string, ActivationFunction>> = { RELU: "relu", RELU6: "relu6", TANH: "tanh" };

/**
 * The activation behind an operator, as a node of its own. Integer operators have none: the bounds to which they cut their
 * results off anyway are the activation's, so it costs nothing.
 * @param slot of the option that says which
 */
export function activated(c: OperatorReader, result: Computed, slot: number): Computed {
  const name = fusedActivations[c.code(slot)] ?? c.fail(`its activation has the number ${c.code(slot)}`);
  if (name === "NONE") return result;
  const bounded = name !== "TANH" && name !== "SIGN_BIT";
  if (bounded && isInteger(c.state.builder.type(result.node).format)) return result;
  const fn = functions[name];
  if (fn) return c.add({ kind: "activation", fn }, [result.node], result.layout);
  const shape = c.state.builder.shape(result.node);
  // Two comparisons, or one.
  const operations = elementCount(shape) * (name === "SIGN_BIT" ? 1 : 2);
  const op = { kind: "opaque", name: name === "SIGN_BIT" ? "Sign" : "Clip", shape, work: "elementwise", macs: 0, operations } as const;
  return c.add({ ...op, parameters: 0, estimated: false }, [result.node], result.layout);
}
