/** The conformance suite of search spaces. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, InputError } from "../base/index.ts";
import { type Network, verifyNetwork } from "../ir/index.ts";
import type { SearchSpace, Task } from "../spaces/index.ts";
import { inputShapeOf, taskKindOf } from "../tasks/index.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Whether a path leads from an input of the network to an output. */
function dependsOnInput({ nodes, outputs }: Network): boolean {
  const reached: boolean[] = [];
  for (const node of nodes) reached.push(node.op.kind === "input" || node.inputs.some((input) => reached[input]));
  return outputs.some((output) => reached[output]);
}

/** Spaces up to this size are walked through completely. */
const SMALL = 400n;

export interface SearchSpaceConformanceOptions {
  /** Networks that are built and verified for each task. */
  readonly networks?: number;
  /** Random cases of each property. */
  readonly runs?: number;
  /**
   * A space whose crosses may have choices of neither parent: one with holes, where a near architecture takes a cross's place, or one
   * in which equivalent architectures are one, where the first of them does.
   */
  readonly holes?: boolean;
  /** A space whose networks may take the task's images in another size. */
  readonly resizes?: boolean;
}

/** What every search space promises, as a suite: call it from a test file, with each task that the space should serve. */
export function searchSpaceConformance<G>(
  name: string,
  makeSpace: (task: Task) => SearchSpace<G>,
  tasks: readonly Task[],
  { networks = 12, runs = 40, holes = false, resizes = false }: SearchSpaceConformanceOptions = {},
): void {
  describe.each(tasks.map((task) => [`${name} for ${taskKindOf(task).describeInput(task)}`, task] as const))("%s", (_title, task) => {
    const space = makeSpace(task);

    /** An architecture that has been through sampling, mutation and crossover, as a search would make it. */
    const evolved = (seed: number): G => {
      const rng = createRng(seed);
      let [a, b] = [space.sample(rng), space.sample(rng)];
      for (let step = rng.int(4); step > 0; step--) [a, b] = [space.mutate(space.crossover(a, b, rng), rng), a];
      return a;
    };

    it("writes whatever it makes as a text that parses back to itself", () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          const g = evolved(seed);
          const text = space.format(g);
          expect(space.parse(text)).toEqual(g);
          expect(space.format(space.parse(text))).toBe(text);
        }),
        { numRuns: runs },
      );
    });

    it("encodes to vectors of one length with entries in [0, 1], different exactly where the texts are", () => {
      const length = space.encode(space.sample(createRng(0))).length;
      const texts = new Map<string, string>();
      const check = (g: G) => {
        const vector = space.encode(g);
        expect(vector).toHaveLength(length);
        expect(vector.every((entry) => entry >= 0 && entry <= 1)).toBe(true);
        const [text, key] = [space.format(g), vector.join()];
        expect(texts.get(key) ?? text).toBe(text);
        texts.set(key, text);
      };
      fc.assert(
        fc.property(seeds, (seed) => {
          const g = evolved(seed);
          check(g);
          check(space.mutate(g, createRng(seed)));
        }),
        { numRuns: runs },
      );
      expect(new Set(texts.values()).size).toBe(texts.size);
    });

    it("mutates to another architecture, and crosses to one whose every choice a parent has", () => {
      fc.assert(
        fc.property(seeds, seeds, (first, second) => {
          const [a, b] = [evolved(first), evolved(second)];
          const rng = createRng(first);
          const mutant = space.mutate(a, rng);
          if (space.size > 1n) expect(space.format(mutant)).not.toBe(space.format(a));
          const [va, vb] = [space.encode(a), space.encode(b)];
          const child = space.encode(space.crossover(a, b, rng));
          if (!holes) expect([...child].findIndex((entry, i) => entry !== va[i] && entry !== vb[i])).toBe(-1);
          expect(space.format(space.crossover(a, a, rng))).toBe(space.format(a));
        }),
        { numRuns: runs },
      );
    });

    it("makes the same from the same seed, and leaves parents as they were", () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          const [a, b] = [evolved(seed), evolved(seed)];
          expect(a).toEqual(b);
          const before = space.format(a);
          const other = space.sample(createRng(seed + 1));
          expect(space.mutate(a, createRng(seed))).toEqual(space.mutate(b, createRng(seed)));
          expect(space.crossover(a, other, createRng(seed))).toEqual(space.crossover(b, other, createRng(seed)));
          expect(space.format(a)).toBe(before);
        }),
        { numRuns: Math.ceil(runs / 4) },
      );
    });

    it("yields verifiable networks of the task, the same each time", () => {
      for (let seed = 0; seed < networks; seed++) {
        const g = evolved(seed);
        const network = space.network(g, task);
        verifyNetwork(network);
        expect(network.outputs.map((output) => network.nodes[output]?.output)).toEqual([
          { shape: [1, taskKindOf(task).outputs(task)], format: "float32" },
        ]);
        const inputs = network.nodes.filter((node) => node.op.kind === "input");
        const shapes = inputs.map((node) => node.output.shape);
        if (resizes) expect(shapes.map((shape) => shape.slice(0, 2))).toEqual([inputShapeOf(task).slice(0, 2)]);
        else expect(shapes).toEqual([inputShapeOf(task)]);
        expect(space.network(space.parse(space.format(g)), task)).toEqual(network);
        expect(space.isConstant?.(g) ?? false).toBe(!dependsOnInput(network));
        const roles = space.roles?.(g, task) ?? network.nodes.map(() => "");
        expect(roles).toHaveLength(network.nodes.length);
        const given = roles.filter((role) => role !== "");
        expect(new Set(given).size).toBe(given.length);
      }
    });

    it("refuses what is not an architecture, saying what was expected", () => {
      const refuse = (text: string) => {
        try {
          // What it takes all the same must be an architecture written canonically, up to white space.
          const accepted = space.format(space.parse(text));
          expect(accepted.replace(/\s+/g, "")).toBe(text.replace(/\s+/g, ""));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as InputError).expected).toBeTruthy();
        }
      };
      fc.assert(
        fc.property(seeds, fc.nat(), fc.string(), (seed, at, noise) => {
          refuse(noise);
          const text = space.format(space.sample(createRng(seed)));
          const cut = at % (text.length + 1);
          refuse(text.slice(0, cut) + text.slice(cut + 1));
          refuse(text.slice(0, cut) + noise + text.slice(cut));
        }),
        { numRuns: runs },
      );
      expect(() => space.parse("no architecture of any space")).toThrow(InputError);
    });

    if (space.size > SMALL) return;
    it("is as large as it says, and both sampling and mutation reach all of it", () => {
      const rng = createRng("walk");
      const sampled = new Set<string>();
      const walked = new Set<string>();
      let g = space.sample(rng);
      // A coupon collector of uneven coupons: far more draws than architectures.
      for (let draw = 0; draw < 100 * Number(space.size); draw++) {
        sampled.add(space.format(space.sample(rng)));
        walked.add(space.format(g));
        g = space.mutate(g, rng);
      }
      expect(BigInt(sampled.size)).toBe(space.size);
      expect(walked).toEqual(sampled);
    });
  });
}
