/** Reads on the side: a graph or a node that becomes no part of the network itself. */
import { NetworkBuilder, type NodeIndex, type Shape } from "@archwright/core/ir";
import { Foreign, type GraphState, Scope, Sequence, type Value } from "./state.ts";

/** A state with a network of its own. */
export interface Inner {
  readonly state: GraphState;
  /** Nodes of the network around it that it reads, and what they are inside. */
  readonly outer: ReadonlyMap<NodeIndex, NodeIndex>;
  /** Makes a node of the network around it one of its own. @param shape what it sees of it. */
  take(node: NodeIndex, shape: Shape): NodeIndex;
}

export function innerState(around: GraphState): Inner {
  const builder = new NetworkBuilder(around.format);
  const outer = new Map<NodeIndex, NodeIndex>();
  const names = new Map<string, number>();
  const added: GraphState["added"] = [];
  const take = (node: NodeIndex, shape: Shape): NodeIndex => {
    const { format } = around.builder.type(node);
    const op = { kind: "input", shape } as const;
    const index = builder.add(op, [], `outer_${added.length}`, { weightFormat: format });
    names.set(`outer_${added.length}`, 1);
    added.push({ op, inputs: [] });
    outer.set(node, index);
    return index;
  };
  const inside = (value: Value | undefined): Value | undefined => {
    if (typeof value === "number") return outer.get(value) ?? take(value, around.builder.shape(value));
    if (value instanceof Sequence) return new Sequence(value.items.map((one) => inside(one) ?? new Foreign("nothing")));
    return value;
  };
  const state: GraphState = {
    ...around,
    builder,
    values: new Scope((name) => inside(around.values.get(name))),
    added,
    surrounds: new Map(),
    guessed: new Set(),
    unread: new Map(),
    materialised: new Map(),
    names,
    producers: new Map(),
    readers: new Map(),
  };
  return { state, outer, take };
}
