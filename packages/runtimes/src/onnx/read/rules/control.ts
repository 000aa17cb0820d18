/** Reads operators that run graphs of their own: If, Loop, Scan. */
import { InputError, item } from "@archwright/core/base";
import { type NodeIndex, networkCosts, type Shape } from "@archwright/core/ir";
import { dataTypes, type GraphProto } from "../../proto.ts";
import { liveNetwork } from "../finish/live.ts";
import { type Inner, innerState } from "../values/inner.ts";
import type { NodeReader } from "../values/nodeReader.ts";
import type { Value } from "../values/state.ts";
import { StoredTensor } from "../values/tensors.ts";
import type { ReadRule, ReadRules } from "./rule.ts";

/** A loop that runs seldom is written out; one that runs often, or lies deep in others, is one operator of as much cost. */
const writtenOutUpTo = { times: 32, nodes: 4096, depth: 1 };

function isShort(c: NodeReader, body: GraphProto, times: number): boolean {
  const { state } = c;
  return times <= writtenOutUpTo.times && state.depth <= writtenOutUpTo.depth && times * state.expand(body).length <= writtenOutUpTo.nodes;
}

/** A graph that is read on its own, and what one run of it costs. */
interface Run {
  readonly inner: Inner;
  readonly values: readonly Value[];
  readonly macs: number;
  readonly operations: number;
  readonly parameters: number;
}

/** @param bind the values of the graph's inputs, given a state in which they are nodes of their own. */
function runOf(c: NodeReader, graph: GraphProto, bind: (inner: Inner) => readonly Value[]): Run {
  const inner = innerState(c.state);
  const values = c.state.readGraph(inner.state, graph, bind(inner));
  const ends = values.map((value) => (typeof value === "number" ? value : undefined)).filter((value) => value !== undefined);
  const costs = networkCosts(liveNetwork(inner.state.builder.build(...ends)).network);
  return { inner, values, macs: costs.macs, operations: costs.flops - 2 * costs.macs, parameters: costs.parameters };
}

/** An operator that stands for runs of a graph: its first result bears the cost. */
function standIn(c: NodeReader, runs: readonly Run[], times: number, shapes: readonly Shape[], estimated: boolean): readonly NodeIndex[] {
  const sum = (of: (run: Run) => number) => runs.reduce((total, run) => total + of(run), 0);
  const [first, ...others] = shapes;
  if (first === undefined) return [];
  const inputs = [...new Set(runs.flatMap(({ inner }) => [...inner.outer.keys()]))];
  const macs = times * sum((run) => run.macs);
  const parameters = sum((run) => run.parameters);
  const weights = parameters > 0 ? [StoredTensor.unknown(`${c.node.label}.weight`, [parameters], c.state.format, dataTypes.float32)] : [];
  const operations = times * sum((run) => run.operations);
  const unread = runs.flatMap(({ inner }) => [...inner.state.unread.values()]);
  const guess = estimated || unread.length > 0;
  const y = c.opaque({ shape: first, work: macs > 0 ? "dense" : "move", macs, operations, weights, estimated: guess }, ...inputs);
  for (const { why, node, operator } of unread.slice(0, 1)) c.markUnread(y, `it runs '${node}' (${operator}): ${why}`);
  return [y, ...others.map((shape) => c.beside(y, shape))];
}

const shapesOf = (c: NodeReader, run: Run, values: readonly Value[]) =>
  values.map((value, i): Shape => {
    if (typeof value === "number") return run.inner.state.builder.shape(value);
    return value instanceof StoredTensor ? value.shape : (c.declared(i) ?? c.unreadable("its results are no tensors"));
  });

/** The costlier of two branches. One that does not fit these sizes of inputs is the one that is not meant for them. */
function costlier(c: NodeReader, graphs: readonly GraphProto[]): Run {
  const runs: Run[] = [];
  let refusal: unknown;
  for (const graph of graphs) {
    try {
      runs.push(runOf(c, graph, () => []));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refusal = error;
    }
  }
  const [first, second] = runs;
  if (!first) throw refusal;
  return second && second.macs + second.operations > first.macs + first.operations ? second : first;
}

/** A branch that is known is read in place; else the costlier one is counted. */
const branch: ReadRule = (c) => {
  const condition = c.maybeNumbers(0, "condition")?.[0];
  const graphs = [c.graph("then_branch"), c.graph("else_branch")] as const;
  if (condition !== undefined) return c.state.readGraph(c.state, condition !== 0 ? graphs[0] : graphs[1], []);
  const run = costlier(c, graphs);
  const made = standIn(c, [run], 1, shapesOf(c, run, run.values), true);
  const [first] = made;
  if (first !== undefined) c.markUnread(first, "which branch runs depends on the data; the costlier one is counted");
  return made;
};

const truth = (name: string) => StoredTensor.of(name, [], [1], dataTypes.bool);

/** A value that a body is given, as a node of its own. */
function given(c: NodeReader, inner: Inner, value: Value): Value {
  return typeof value === "number" ? inner.take(value, c.shapeOf(value)) : value;
}

const loop: ReadRule = (c) => {
  const body = c.graph("body");
  const carried = Array.from({ length: Math.max(0, c.inputCount - 2) }, (_, i) => c.any(i + 2));
  const most = c.has(0) ? c.maybeNumbers(0, "trip count")?.[0] : undefined;
  const times = most === undefined || most > 1e9 ? undefined : most;
  const starts = c.has(1) ? c.maybeNumbers(1, "condition")?.[0] : 1;
  if (times === 0 || starts === 0) return carried;
  if (times !== undefined && isShort(c, body, times)) {
    const written = writtenOut(c, body, carried, times);
    if (written) return written;
  }
  const run = runOf(c, body, (inner) => [
    StoredTensor.unknown("iteration", [], "int32", dataTypes.int64),
    truth("condition"),
    ...carried.map((value) => given(c, inner, value)),
  ]);
  const [goesOn, ...results] = run.values;
  const certain = times !== undefined && goesOn instanceof StoredTensor;
  const guessed = results.map((value) => times === undefined || (typeof value === "number" && run.inner.state.guessed.has(value)));
  const shapes = shapesOf(c, run, results).map((shape, i) => {
    const whole = i < carried.length ? shape : [times ?? 1, ...shape];
    return (guessed[i] ? c.declared(i) : undefined) ?? whole;
  });
  const made = standIn(c, [run], times ?? 1, shapes, !certain);
  made.forEach((index, i) => {
    if (guessed[i] && !c.declared(i)) c.state.guessed.add(index);
  });
  const [first] = made;
  const counted = times === undefined ? "one run is counted" : `${times} runs are counted, the most there can be`;
  if (!certain && first !== undefined) c.markUnread(first, `how often it runs depends on the data; ${counted}`);
  return made;
};

/** The body as often as it runs; undefined where it ends when the data says so. */
function writtenOut(c: NodeReader, body: GraphProto, initial: readonly Value[], times: number): readonly Value[] | undefined {
  let carried = initial;
  const stacked: Value[][] = [];
  for (let i = 0; i < times; i++) {
    const iteration = StoredTensor.of(`${c.node.label}.${i}`, [], [i], dataTypes.int64);
    const [goesOn, ...results] = c.state.readGraph(c.state, body, [iteration, truth("condition"), ...carried]);
    const known = goesOn instanceof StoredTensor ? goesOn.values()?.[0] : undefined;
    if (known === undefined) return undefined;
    carried = results.slice(0, initial.length);
    results.slice(initial.length).forEach((value, k) => {
      stacked[k] = [...(stacked[k] ?? []), value];
    });
    if (known === 0) break;
  }
  return [...carried, ...stacked.map((values) => stack(c, values))];
}

/** Tensors of one shape, one behind the other along a new first axis. */
function stack(c: NodeReader, values: readonly Value[]): NodeIndex {
  const rows = values.map((value) => {
    const x = c.asNode(c.tensor(value));
    return c.add({ kind: "reshape", shape: [1, ...c.shapeOf(x)] }, x);
  });
  return rows.length === 1 ? item(rows, 0) : c.add({ kind: "concat", axis: 0 }, ...rows);
}

/** For each entry of an axis one run (operator set 9 on). */
const scan: ReadRule = (c) => {
  const body = c.graph("body");
  const count = c.node.int("num_scan_inputs", 1);
  if (c.opset < 9) c.unreadable("Scan of operator set 8 has another form");
  const states = c.inputCount - count;
  const axes = c.node.ints("scan_input_axes") ?? [];
  const axisOf = (i: number) => c.axis(axes[i - states] ?? 0, c.shape(i).length);
  const times = c.shape(states)[axisOf(states)] ?? 1;
  const run = runOf(c, body, (inner) =>
    Array.from({ length: c.inputCount }, (_, i) => {
      const value = c.value(i);
      if (i < states) return given(c, inner, value);
      return inner.take(
        c.asNode(value),
        c.shape(i).filter((_size, axis) => axis !== axisOf(i)),
      );
    }),
  );
  const outputAxes = c.node.ints("scan_output_axes") ?? [];
  const shapes = shapesOf(c, run, run.values).map((shape, i) => {
    if (i < states) return shape;
    const at = c.axis(outputAxes[i - states] ?? 0, shape.length + 1);
    return [...shape.slice(0, at), times, ...shape.slice(at)];
  });
  return standIn(c, [run], times, shapes, false);
};

/** Rules that read values as they are. */
export const controlRules: ReadRules = { If: branch, Loop: loop, Scan: scan };
