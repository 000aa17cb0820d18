import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../../base/index.ts";
import { NetworkBuilder } from "../../builder.ts";
import { tensorBytes } from "../../format.ts";
import type { Network, Node, NodeIndex } from "../../network.ts";
import { memoryGraph } from "../memoryGraph.ts";
import { type MemoryOptions, sharedKinds } from "../options.ts";
import { type MemoryPlan, planMemory } from "../plan.ts";

/** A small random network of images with what can be a view or in place, and readers that can and cannot read it so. */
function randomNetwork(seed: number, operators: number): Network {
  const rng = createRng(seed);
  const b = new NetworkBuilder("int8");
  const made: NodeIndex[] = [b.input([1, 2 + rng.int(4), 4, 4], "x")];
  const channels = (x: NodeIndex) => b.shape(x)[1] as number;
  const images = () => made.filter((x) => b.shape(x).length === 4 && b.shape(x)[2] === 4);
  while (made.length <= operators) {
    const all = images();
    const x = all[rng.next() < 0.6 ? all.length - 1 - rng.int(Math.min(3, all.length)) : rng.int(all.length)] as NodeIndex;
    const alike = all.filter((other) => channels(other) === channels(x));
    const slice = (axis: number) => {
      const size = b.shape(x)[axis] as number;
      const start = rng.int(size);
      return b.add({ kind: "slice", axes: [axis], starts: [start], ends: [start + 1 + rng.int(size - start)] }, [x]);
    };
    const make = [
      () => b.conv2d(x, 1 + rng.int(6), 1),
      () => b.conv2d(x, 1 + rng.int(6), 3),
      () => b.depthwise(x, 3),
      () => b.activation(x, rng.pick(["relu", "tanh"])),
      () => b.binary("add", x, rng.pick(alike)),
      () => b.concat([x, rng.pick(all)]),
      () => b.concat([x, rng.pick(all)]),
      () => slice(1),
      () => slice(1),
      () => slice(2),
      () => b.add({ kind: "reshape", shape: [1, channels(x), 4, 4] }, [x]),
      () => b.dense(b.concat([x, rng.pick(alike)], 3), 4),
    ];
    const next = rng.pick(make)();
    made.push(channels(next) <= 12 ? next : b.conv2d(next, 2, 1));
  }
  const outputs = [made.at(-1) as NodeIndex];
  if (rng.next() < 0.3) outputs.push(rng.pick(made));
  // Otherwise much of it would be dead.
  if (rng.next() < 0.5 && images().length > 1) outputs.push(b.add({ kind: "concat", axis: 1 }, images().slice(-4)));
  return b.build(...outputs);
}

const optionsArbitrary: fc.Arbitrary<MemoryOptions> = fc.record({
  alignmentBytes: fc.constantFrom(1, 16, 48),
  inPlace: fc.boolean(),
  depthwiseInPlace: fc.boolean(),
  inputsInArena: fc.boolean(),
  layout: fc.constantFrom("channels-last", "channels-first"),
  shares: fc.subarray([...sharedKinds]),
});

const nodeOf = (network: Network, index: NodeIndex) => network.nodes[index] as Node;
const isInput = (network: Network, index: NodeIndex) => nodeOf(network, index).op.kind === "input";

/** Runs a plan on an arena of which each byte remembers whose it is. */
function expectNothingOverwritten(network: Network, plan: MemoryPlan, options: MemoryOptions): void {
  const arena = new Array<string>(plan.arenaBytes).fill("nothing");
  const viewOf = new Map(plan.views.map(({ node, of }) => [node, of]));
  const bufferOf = (node: NodeIndex) => plan.buffers.find(({ kind, nodes }) => kind === "tensor" && nodes.includes(node));
  const write = (offset: number, bytes: number, owner: string) => arena.fill(owner, offset, offset + bytes);
  const read = (node: NodeIndex): void => {
    const of = viewOf.get(node);
    if (of) {
      of.forEach(read);
      return;
    }
    if (isInput(network, node) && options.inputsInArena === false) return;
    const { offsetBytes } = bufferOf(node) as { offsetBytes: number };
    const held = arena.slice(offsetBytes, offsetBytes + tensorBytes(nodeOf(network, node).output));
    expect(held.every((owner) => owner === `${node}`)).toBe(true);
  };
  for (const { kind, nodes, offsetBytes, bytes } of plan.buffers) {
    if (kind === "tensor" && isInput(network, nodes[0] as NodeIndex)) write(offsetBytes, bytes, `${nodes[0]}`);
  }
  plan.schedule.forEach((node, step) => {
    if (isInput(network, node)) return;
    nodeOf(network, node).inputs.forEach(read);
    if (viewOf.has(node)) return;
    for (const { kind, nodes, offsetBytes, bytes, firstStep } of plan.buffers) {
      if (kind === "scratch" && firstStep === step) {
        expect(nodes).toEqual([node]);
        write(offsetBytes, bytes, "scratch");
      }
    }
    const { offsetBytes } = bufferOf(node) as { offsetBytes: number };
    // Its inputs are still whole but where it overwrites one of them.
    const overwritten = plan.buffers.find(({ nodes }) => nodes.includes(node))?.nodes ?? [];
    for (const input of nodeOf(network, node).inputs) if (!overwritten.includes(input) && !viewOf.has(input)) read(input);
    write(offsetBytes, tensorBytes(nodeOf(network, node).output), `${node}`);
  });
  network.outputs.forEach(read);
}

/** What may be a view, by definition. */
function expectViewsAllowed(network: Network, plan: MemoryPlan, options: MemoryOptions): void {
  const views = new Set(plan.views.map(({ node }) => node));
  for (const { node, of } of plan.views) {
    const { op, inputs, output } = nodeOf(network, node);
    expect(options.shares).toContain(op.kind);
    const readers = network.nodes.flatMap((other, index) => (plan.schedule.includes(index) && other.inputs.includes(node) ? [index] : []));
    const input = nodeOf(network, inputs[0] as NodeIndex);
    if (op.kind === "activation") expect([op.fn, input.op.kind].join()).toMatch(/^relu,(conv2d|binary|dense)$/);
    if (op.kind !== "concat" && output.shape.join() === input.output.shape.join()) continue;
    // Parts and several buffers: no output, and read by what can read them.
    if (op.kind !== "reshape") expect(network.outputs).not.toContain(node);
    const isRows = op.kind === "slice" && (options.layout === "channels-last" ? op.axes[0] === 2 : op.axes[0] === 1);
    for (const reader of op.kind === "reshape" || isRows ? [] : readers) {
      const { kind } = nodeOf(network, reader).op;
      expect(kind === "conv2d" || kind === "dense" || ((kind === "concat" || kind === "slice") && views.has(reader))).toBe(true);
    }
    expect(of.length).toBeGreaterThan(0);
    if (network.outputs.includes(node)) expect(of.some((owner) => isInput(network, owner))).toBe(false);
    expect(of.some((owner) => views.has(owner))).toBe(false);
  }
}

/** Every order of the operators that run. */
function* allOrders(network: Network, left: readonly NodeIndex[], done: readonly NodeIndex[] = []): Generator<readonly NodeIndex[]> {
  if (left.length === 0) yield done;
  for (const index of left) {
    if (nodeOf(network, index).inputs.some((input) => left.includes(input))) continue;
    yield* allOrders(
      network,
      left.filter((other) => other !== index),
      [...done, index],
    );
  }
}

/** Smallest peak over all orders and over all choices of views that are copied, by definition; undefined where there are too many. */
function bruteForcePeak(network: Network, options: MemoryOptions): number | undefined {
  const alignment = options.alignmentBytes ?? 16;
  const round = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const sizeOf = (index: NodeIndex) =>
    isInput(network, index) && options.inputsInArena === false ? 0 : round(tensorBytes(nodeOf(network, index).output));
  const all = memoryGraph(network, options);
  const operators = all.nodes.filter((index) => !isInput(network, index));
  const candidates = all.nodes.filter((_, vertex) => all.owners[vertex]);
  let best = Number.POSITIVE_INFINITY;
  let tried = 0;
  for (let set = 0; set < 2 ** candidates.length; set++) {
    const copied = new Set(candidates.filter((_, bit) => set & (1 << bit)));
    const graph = memoryGraph(network, options, copied);
    const ownersOf = new Map(
      graph.nodes.map((index, vertex) => [index, graph.owners[vertex]?.map((owner) => graph.nodes[owner] as number)]),
    );
    const owners = (index: NodeIndex) => ownersOf.get(index) ?? [index];
    for (const order of allOrders(network, operators)) {
      if (++tried > 4000) return undefined;
      const isRead = (owner: NodeIndex, from: number) =>
        network.outputs.some((output) => owners(output).includes(owner)) ||
        order.some((other, place) => place >= from && nodeOf(network, other).inputs.some((input) => owners(input).includes(owner)));
      const alive = (step: number) => graph.nodes.filter((index) => isInput(network, index) || order.slice(0, step).includes(index));
      const steps = order.map((node, step) => {
        const holding = alive(step + 1).filter((index) => !ownersOf.get(index) && isRead(index, step));
        const live = holding.reduce((sum, index) => sum + sizeOf(index), 0);
        if (ownersOf.get(node)) return live;
        const { op, inputs, output } = nodeOf(network, node);
        const isDepthwise = op.kind === "conv2d" && op.groups > 1;
        const may = isDepthwise ? options.depthwiseInPlace : options.inPlace && ["activation", "binary", "reshape"].includes(op.kind);
        const saves = inputs.some((input) => {
          const [owner] = owners(input) as [NodeIndex];
          const whole = owners(input).length === 1 && tensorBytes(nodeOf(network, owner).output) === tensorBytes(output);
          return (
            whole && tensorBytes(nodeOf(network, input).output) === tensorBytes(output) && sizeOf(owner) > 0 && !isRead(owner, step + 1)
          );
        });
        const plane = isDepthwise ? round(16) : 0;
        return live - (may && saves && plane < sizeOf(node) ? sizeOf(node) - plane : 0);
      });
      const given = graph.nodes.filter((index) => isInput(network, index)).reduce((sum, index) => sum + sizeOf(index), 0);
      best = Math.min(best, Math.max(given, ...steps));
    }
  }
  return best;
}

describe("views", () => {
  it("never let a tensor be overwritten that is still read, and are only what can be one", () => {
    let views = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 14 }), optionsArbitrary, (seed, size, options) => {
        const network = randomNetwork(seed, size);
        const plan = planMemory(network, options);
        expectNothingOverwritten(network, plan, options);
        expectViewsAllowed(network, plan, options);
        views += plan.views.length;
      }),
      { numRuns: 1000 },
    );
    expect(views).toBeGreaterThan(200);
  });

  it("give the smallest peak over all orders and all choices of what is copied", () => {
    let checked = 0;
    let proven = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 9 }), optionsArbitrary, (seed, size, options) => {
        const network = randomNetwork(seed, size);
        const least = bruteForcePeak(network, options);
        fc.pre(least !== undefined);
        const plan = planMemory(network, options);
        checked++;
        expect(plan.lowerBoundBytes).toBeLessThanOrEqual(least as number);
        expect(plan.peakLiveBytes).toBeGreaterThanOrEqual(least as number);
        if (plan.arenaBytes > (least as number)) return;
        if (plan.scheduleIsOptimal) proven++;
        expect(plan.peakLiveBytes).toBe(least);
      }),
      { numRuns: 600 },
    );
    expect(proven / checked).toBeGreaterThan(0.9);
  });

  it("never need more than fewer of them, nor does more in place", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 12 }),
        optionsArbitrary,
        fc.subarray([...sharedKinds]),
        (seed, size, options, kinds) => {
          const network = randomNetwork(seed, size);
          const more = planMemory(network, { ...options, inPlace: true, depthwiseInPlace: true });
          const less = planMemory(network, { ...options, shares: (options.shares ?? []).filter((kind) => kinds.includes(kind)) });
          expect(more.arenaBytes).toBeLessThanOrEqual(less.arenaBytes);
        },
      ),
      { numRuns: 300 },
    );
  });
});
