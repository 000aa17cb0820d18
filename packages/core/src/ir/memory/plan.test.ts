import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { NetworkBuilder } from "../builder.ts";
import { tensorBytes } from "../format.ts";
import type { Network, Node, NodeIndex } from "../network.ts";
import { memoryGraph } from "./memoryGraph.ts";
import type { MemoryOptions } from "./options.ts";
import { type MemoryPlan, planMemory } from "./plan.ts";
import { segmentsOf } from "./segment.ts";

/** A small random network: dense layers of many sizes, operators that can run in place, views, constants, dead nodes, several outputs. */
function randomNetwork(seed: number, operators: number): Network {
  const rng = createRng(seed);
  const b = new NetworkBuilder(rng.next() < 0.8 ? "int8" : "float32");
  const made: NodeIndex[] = [b.input([1, 16 * (1 + rng.int(4))], "x")];
  if (rng.next() < 0.3) made.push(b.input([1, 16 * (1 + rng.int(4))], "y"));
  if (rng.next() < 0.3) made.push(b.constant([1, 32], 1));
  const width = (x: NodeIndex) => b.shape(x)[1] as number;
  const sources = made.length;
  // Recent tensors more often than old ones, or always any: chains with branches, or tangles.
  const near = rng.next() < 0.5;
  const any = () =>
    made[near && rng.next() < 0.7 ? made.length - 1 - rng.int(Math.min(3, made.length)) : rng.int(made.length)] as NodeIndex;
  while (made.length < sources + operators) {
    const x = any();
    const alike = made.filter((other) => width(other) === width(x));
    const make = [
      () => b.dense(x, 8 * (1 + rng.int(12))),
      () => b.dense(x, 8 * (1 + rng.int(12))),
      () => b.activation(x, "relu"),
      () => b.binary("add", x, rng.pick(alike)),
      () => b.concat([x, any()]),
      () => b.add({ kind: "reshape", shape: [1, -1] }, [x]),
      () => b.add({ kind: "cast", format: rng.pick(["int8", "int16", "uint8"] as const) }, [x]),
    ];
    made.push(rng.pick(make)());
  }
  const outputs = [made.at(-1) as NodeIndex];
  while (rng.next() < 0.3) outputs.push(any());
  return b.build(...outputs);
}

const sourceKinds = ["input", "constant", "parameter"];
const inPlaceKinds = ["activation", "binary", "cast", "reshape", "softmax", "batchNorm", "layerNorm", "rmsNorm", "groupNorm"];

/** The model by definition: bytes alive while each operator of an order runs. */
function oracleSteps(network: Network, order: readonly NodeIndex[], options: MemoryOptions): number[] {
  const node = (index: NodeIndex) => network.nodes[index] as Node;
  const round = (bytes: number) => Math.ceil(bytes / (options.alignmentBytes ?? 16)) * (options.alignmentBytes ?? 16);
  const inArena = (index: NodeIndex) =>
    node(index).op.kind === "input" ? (options.inputsInArena ?? true) : !sourceKinds.includes(node(index).op.kind);
  const isRead = (index: NodeIndex, from: number) =>
    network.outputs.includes(index) || order.some((other, position) => position >= from && node(other).inputs.includes(index));
  return order.map((current, step) => {
    let bytes = round(options.scratchBytes?.(node(current), network) ?? 0);
    network.nodes.forEach((_, index) => {
      const exists = sourceKinds.includes(node(index).op.kind) || order.slice(0, step + 1).includes(index);
      if (exists && inArena(index) && isRead(index, step)) bytes += round(tensorBytes(node(index).output));
    });
    const overwritten = node(current).inputs.some(
      (input) => inArena(input) && !isRead(input, step + 1) && tensorBytes(node(input).output) === tensorBytes(node(current).output),
    );
    const saves = (options.inPlace ?? true) && inPlaceKinds.includes(node(current).op.kind) && overwritten;
    return bytes - (saves ? round(tensorBytes(node(current).output)) : 0);
  });
}

function liveOperators(network: Network): NodeIndex[] {
  const needed = new Set<NodeIndex>();
  const need = (index: NodeIndex): void => {
    needed.add(index);
    (network.nodes[index] as Node).inputs.forEach(need);
  };
  network.outputs.forEach(need);
  return [...needed].filter((index) => !sourceKinds.includes((network.nodes[index] as Node).op.kind)).sort((a, b) => a - b);
}

/** Every topological order of the operators. */
function* allOrders(network: Network, left: readonly NodeIndex[], done: readonly NodeIndex[] = []): Generator<readonly NodeIndex[]> {
  if (left.length === 0) yield done;
  for (const index of left) {
    if ((network.nodes[index] as Node).inputs.some((input) => left.includes(input))) continue;
    yield* allOrders(
      network,
      left.filter((other) => other !== index),
      [...done, index],
    );
  }
}

function inputBytes(network: Network, options: MemoryOptions): number {
  const used = network.nodes.filter(
    (node, index) =>
      node.op.kind === "input" &&
      (network.outputs.includes(index) || liveOperators(network).some((other) => (network.nodes[other] as Node).inputs.includes(index))),
  );
  const alignment = options.alignmentBytes ?? 16;
  return options.inputsInArena === false
    ? 0
    : used.reduce((sum, node) => sum + Math.ceil(tensorBytes(node.output) / alignment) * alignment, 0);
}

/** Smallest peak over all orders, or undefined where there are too many. */
function bruteForcePeak(network: Network, options: MemoryOptions): number | undefined {
  let best = Number.POSITIVE_INFINITY;
  let orders = 0;
  for (const order of allOrders(network, liveOperators(network))) {
    if (++orders > 1500) return undefined;
    best = Math.min(best, Math.max(inputBytes(network, options), ...oracleSteps(network, order, options)));
  }
  return best;
}

const optionsArbitrary: fc.Arbitrary<MemoryOptions> = fc.record({
  alignmentBytes: fc.constantFrom(1, 16, 64),
  inPlace: fc.boolean(),
  inputsInArena: fc.boolean(),
  scratchBytes: fc.constantFrom(
    () => 0,
    (node: Node) => (node.op.kind === "dense" ? (node.op.outFeatures * 7) % 90 : 0),
  ),
});

function expectSound(network: Network, plan: MemoryPlan, options: MemoryOptions): void {
  const operators = plan.schedule.filter((index) => !sourceKinds.includes((network.nodes[index] as Node).op.kind));
  expect([...operators].sort((a, b) => a - b)).toEqual(liveOperators(network));
  const position = new Map(plan.schedule.map((index, at) => [index, at]));
  for (const index of operators) {
    for (const input of (network.nodes[index] as Node).inputs) expect(position.get(input)).toBeLessThan(position.get(index) as number);
  }
  expect(plan.timeline.slice(plan.schedule.length - operators.length)).toEqual(oracleSteps(network, operators, options));
  expect(plan.peakLiveBytes).toBe(Math.max(inputBytes(network, options), ...plan.timeline));

  expect(plan.arenaBytes).toBeGreaterThanOrEqual(plan.peakLiveBytes);
  expect(plan.arenaBytes).toBe(plan.buffers.reduce((top, buffer) => Math.max(top, buffer.offsetBytes + buffer.bytes), 0));
  plan.timeline.forEach((bytes, step) => {
    const alive = plan.buffers.filter((buffer) => buffer.firstStep <= step && step <= buffer.lastStep);
    expect(alive.reduce((sum, buffer) => sum + buffer.bytes, 0)).toBe(bytes);
  });
  for (const a of plan.buffers) {
    expect(a.offsetBytes % (options.alignmentBytes ?? 16)).toBe(0);
    for (const b of plan.buffers) {
      const together = a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;
      if (a !== b && together) expect(a.offsetBytes >= b.offsetBytes + b.bytes || b.offsetBytes >= a.offsetBytes + a.bytes).toBe(true);
    }
  }
  // Every operator finds its inputs and its output in the arena while it runs.
  for (const index of operators) {
    const at = position.get(index) as number;
    for (const tensor of [index, ...(network.nodes[index] as Node).inputs]) {
      const kind = (network.nodes[tensor] as Node).op.kind;
      if (kind === "constant" || (kind === "input" && options.inputsInArena === false)) continue;
      const holder = plan.buffers.find((buffer) => buffer.kind === "tensor" && buffer.nodes.includes(tensor));
      expect(holder && holder.firstStep <= at && at <= holder.lastStep).toBe(true);
    }
  }
}

describe("planMemory", () => {
  it("finds the smallest peak over all topological orders", () => {
    let improved = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 10 }), optionsArbitrary, (seed, size, options) => {
        const network = randomNetwork(seed, size);
        const least = bruteForcePeak(network, options);
        fc.pre(least !== undefined);
        const plan = planMemory(network, options);
        expectSound(network, plan, options);
        expect(plan.scheduleIsOptimal).toBe(true);
        expect(plan.peakLiveBytes).toBe(least);
        for (const segment of segmentsOf(memoryGraph(network, options))) expect(segment.lowerBound).toBeLessThanOrEqual(plan.peakLiveBytes);
        if (planMemory(network, { ...options, reorder: false }).peakLiveBytes > plan.peakLiveBytes) improved++;
      }),
      { numRuns: 600 },
    );
    expect(improved).toBeGreaterThan(3);
  });

  it("stays sound, no better than exact and no worse than network order, when the search is cut short", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 8, max: 24 }),
        fc.integer({ min: 0, max: 500 }),
        optionsArbitrary,
        (seed, size, searchLimit, options) => {
          const network = randomNetwork(seed, size);
          const cut = planMemory(network, { ...options, searchLimit });
          expectSound(network, cut, options);
          const exact = planMemory(network, { ...options, searchLimit: 10_000_000 });
          expect(exact.scheduleIsOptimal).toBe(true);
          expect(cut.peakLiveBytes).toBeGreaterThanOrEqual(exact.peakLiveBytes);
          if (cut.scheduleIsOptimal) expect(cut.peakLiveBytes).toBe(exact.peakLiveBytes);
          const kept = planMemory(network, { ...options, reorder: false });
          expectSound(network, kept, options);
          expect(kept.schedule.filter((index) => liveOperators(network).includes(index))).toEqual(liveOperators(network));
          expect(cut.peakLiveBytes).toBeLessThanOrEqual(kept.peakLiveBytes);
          if (kept.scheduleIsOptimal) expect(kept.peakLiveBytes).toBe(exact.peakLiveBytes);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("says that a schedule is not proven when it gave up", () => {
    // Independent branches of growing size: no order but the reverse is best, and the limit forbids to look for it.
    const b = new NetworkBuilder("int8");
    const x = b.input([1, 16]);
    const branches = Array.from({ length: 12 }, (_, i) => b.dense(b.dense(x, 160 * (1 + ((i * 7) % 12))), 16 + 16 * ((i * 5) % 7)));
    const network = b.build(b.concat(branches));
    const exact = planMemory(network, { searchLimit: 100_000_000 });
    const cut = planMemory(network, { searchLimit: 1 });
    expect(exact.scheduleIsOptimal).toBe(true);
    expect(cut.scheduleIsOptimal).toBe(false);
    expect(cut.peakLiveBytes).toBeGreaterThanOrEqual(exact.peakLiveBytes);
  });

  it("leaves out what no output needs", () => {
    const b = new NetworkBuilder("int8");
    const x = b.input([1, 64]);
    b.input([1, 4096], "unused");
    b.dense(x, 4096);
    const network = b.build(b.dense(x, 32));
    expect(planMemory(network).peakLiveBytes).toBe(64 + 32);
    expect(planMemory(network).schedule).toEqual([0, 3]);
  });

  it("plans a network that only hands its input on", () => {
    const b = new NetworkBuilder("int8");
    const network = b.build(b.input([1, 40]));
    expect(planMemory(network)).toMatchObject({
      schedule: [0],
      peakLiveBytes: 48,
      arenaBytes: 48,
      scheduleIsOptimal: true,
      arenaIsOptimal: true,
    });
  });

  it("never overwrites an output or a tensor still in use", () => {
    const b = new NetworkBuilder("int8");
    const x = b.input([1, 64]);
    const y = b.activation(x, "relu");
    const z = b.activation(y, "sigmoid");
    expect(planMemory(b.build(z)).peakLiveBytes).toBe(64);
    expect(planMemory(b.build(z), { inputsInArena: false }).peakLiveBytes).toBe(64);
    expect(planMemory(b.build(y, z)).peakLiveBytes).toBe(128);
    expect(planMemory(b.build(b.binary("add", z, x))).peakLiveBytes).toBe(128);
    expect(planMemory(b.build(z), { inPlace: false }).peakLiveBytes).toBe(128);
  });

  it.each([{ alignmentBytes: 0 }, { alignmentBytes: 1.5 }, { searchLimit: -1 }, { scratchBytes: () => Number.NaN }])(
    "refuses %o",
    (options: MemoryOptions) => {
      const b = new NetworkBuilder();
      const network = b.build(b.dense(b.input([1, 4]), 4));
      expect(() => planMemory(network, options)).toThrowError(expect.objectContaining({ name: "InputError" }));
    },
  );
});
