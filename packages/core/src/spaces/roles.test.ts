import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../base/index.ts";
import { inheritedShare, inheritWeights, type Network, type ParameterSlot, parameterLayout, parametersByRole } from "../ir/index.ts";
import { createSpace, type SpaceSpecInput } from "./registry.ts";
import type { Task } from "./searchSpace.ts";

const task: Task = { kind: "image-classification", channels: 1, height: 12, width: 12, classes: 3 };
const choices = { squeeze_excitation: [false, true] };
const spec: SpaceSpecInput = {
  name: "custom",
  stem: { channels: [4, 8], kernel: [3, 5], stride: [1, 2] },
  stages: [
    {
      channels: [4, 8, 12],
      stride: [1, 2],
      depth: [0, 1, 2],
      blocks: [
        { type: "conv", kernel: [1, 3, 5], shortcut: [false, true], ...choices },
        { type: "depthwise-separable", kernel: [3, 5], shortcut: [false, true], ...choices },
        { type: "inverted-residual", kernel: [3, 5], expansion: [1, 2, 3], ...choices },
        { type: "residual", ...choices },
        { type: "bottleneck", reduction: [2] },
        { type: "pool", mode: "max", kernel: 2 },
        { type: "skip" },
      ],
    },
  ],
  head: { channels: [0, 8], flatten: [false, true] },
};
const space = createSpace(spec, task);
interface NetworkWithRoles {
  readonly network: Network;
  readonly roles: readonly string[];
}

const withRoles = (g: readonly number[]): NetworkWithRoles => ({ network: space.network(g, task), roles: space.roles?.(g, task) ?? [] });
const point = (text: string) => withRoles(space.parse(text));
const rolesOfParameters = ({ network, roles }: NetworkWithRoles) => parameterLayout(network).map(({ node }) => roles[node] ?? "");
const parametersOf = ({ network, roles }: NetworkWithRoles) => parametersByRole(network, roles);
const lengthOf = ({ network }: NetworkWithRoles) => parameterLayout(network).reduce((sum, { size }) => sum + size, 0);
const plain = (stage: string, stem = "c4", head = "head-c0 head-mean") => `stem-${stem} stem-k3 stem-s1 ${head} | ${stage}`;

/** A random architecture and another one, near or far. */
const pairs = fc.tuple(fc.integer(), fc.nat(6)).map(([seed, changes]) => {
  const rng = createRng(seed);
  const first = space.sample(rng);
  let second = changes === 6 ? space.sample(rng) : first;
  if (changes < 6) for (let i = 0; i < changes; i++) second = space.mutate(second, rng);
  return [withRoles(first), withRoles(second)] as const;
});

describe("roles of a staged space", () => {
  it("are given to every parameter, and to no two nodes", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const network = withRoles(space.sample(createRng(seed)));
        const roles = network.roles.filter((role) => role !== "");
        expect(new Set(roles).size).toBe(roles.length);
        expect(rolesOfParameters(network)).not.toContain("");
        expect(new Set(rolesOfParameters(network)).size).toBe(roles.length);
      }),
    );
  });

  it("stay as they are where a block is put behind or a block before loses its expansion", () => {
    const one = point(plain("c8 s1 ir-k3e2"));
    const two = point(plain("c8 s1 ir-k3e1 conv-k3"));
    const shared = rolesOfParameters(one).filter((role) => rolesOfParameters(two).includes(role));
    expect([...new Set(shared)]).toEqual([
      "stem.conv 1",
      "stem.conv 1.norm",
      "stages[0].blocks[0].inverted-residual.depthwise 1",
      "stages[0].blocks[0].inverted-residual.depthwise 1.norm",
      "stages[0].blocks[0].inverted-residual.conv after depthwise 1",
      "stages[0].blocks[0].inverted-residual.conv after depthwise 1.norm",
      "classifier.dense 1",
    ]);
  });

  it("tell dense layers over images of different sizes apart", () => {
    const flat = (stride: number) => rolesOfParameters(point(plain(`c8 s${stride} conv-k3`, "c4", "head-c0 head-flat"))).at(-1);
    expect([flat(1), flat(2)]).toEqual(["classifier.dense over 12x12 1", "classifier.dense over 6x6 1"]);
  });
});

/** The position in the donor's weights of each of a network's, one at a time; −1 where it has none. */
function positionsOneByOne(from: NetworkWithRoles, to: NetworkWithRoles): readonly number[] {
  const nameOf = ({ roles }: NetworkWithRoles, { node, spec: parameter }: ParameterSlot) => `${roles[node]}/${parameter.role}`;
  return parameterLayout(to.network).flatMap((slot) => {
    const donor = parameterLayout(from.network).find((other) => nameOf(from, other) === nameOf(to, slot));
    const { shape } = slot.spec;
    return Array.from({ length: slot.size }, (_, flat) => {
      let rest = flat;
      const place = shape.map(() => 0);
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        place[axis] = rest % (shape[axis] as number);
        rest = Math.floor(rest / (shape[axis] as number));
      }
      if (!donor) return -1;
      let position = 0;
      for (const [axis, length] of donor.spec.shape.entries()) {
        const isKernel = shape.length === 4 && axis > 1;
        // Kernels are odd, and their middles lie on each other.
        const there = (place[axis] as number) + (isKernel ? (length - (shape[axis] as number)) / 2 : 0);
        if (there < 0 || there >= length) return -1;
        position = position * length + there;
      }
      return donor.offset + position;
    });
  });
}

describe("inheritWeights", () => {
  it("copies what a search for every single number finds, reads nothing else, and keeps the rest", () => {
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        // What lies around the donor's weights must not be seen.
        const around = new Float32Array(lengthOf(from) + 200).fill(Number.NaN);
        const fromWeights = around.subarray(100, 100 + lengthOf(from));
        for (let i = 0; i < fromWeights.length; i++) fromWeights[i] = i;
        const fresh = new Float32Array(lengthOf(to)).fill(-1);
        const inheritance = { from: parametersOf(from), fromWeights, to: parametersOf(to), fresh };
        const { weights, share } = inheritWeights(inheritance);
        const expected = positionsOneByOne(from, to);
        expect(Array.from(weights)).toEqual(expected);
        expect(share).toBe(expected.filter((position) => position >= 0).length / expected.length);
        expect(inheritedShare(inheritance.from, inheritance.to)).toBe(share);
        expect(fresh.every((value) => value === -1)).toBe(true);
        expect(inheritWeights(inheritance)).toEqual({ weights, share });
      }),
    );
  });

  it("takes over everything from the same network, running statistics included", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const network = withRoles(space.sample(createRng(seed)));
        const fromWeights = Float32Array.from({ length: lengthOf(network) }, (_, i) => i + 1);
        const own = parametersOf(network);
        const { weights, share } = inheritWeights({ from: own, fromWeights, to: own, fresh: new Float32Array(own.length) });
        expect(weights).toEqual(fromWeights);
        expect(share).toBe(1);
      }),
    );
  });

  it("takes over no less from a donor that is wider, deeper or has larger kernels", () => {
    const child = parametersOf(point(plain("c12 s1 conv-k5 conv-k5", "c8")));
    for (const donors of [
      ["c4 s1 conv-k5 conv-k5", "c8 s1 conv-k5 conv-k5", "c12 s1 conv-k5 conv-k5"],
      ["c12 s1 conv-k1 conv-k5", "c12 s1 conv-k3 conv-k5", "c12 s1 conv-k5 conv-k5"],
      ["-", "c12 s1 conv-k5", "c12 s1 conv-k5 conv-k5"],
    ]) {
      const shares = donors.map((donor) => inheritedShare(parametersOf(point(plain(donor, "c8"))), child));
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(new Set(shares).size).toBe(3);
      expect(shares[2]).toBe(1);
    }
  });

  it("refuses weights of another network, and roles that two nodes have", () => {
    const { network, roles } = point(plain("c8 s1 conv-k3"));
    const own = parametersByRole(network, roles);
    const fresh = new Float32Array(own.length);
    const inherit = (fromWeights: Float32Array) => () => inheritWeights({ from: own, fromWeights, to: own, fresh });
    expect(inherit(fresh.subarray(1))).toThrow(`${fresh.length - 1} weights for a network of ${fresh.length}`);
    expect(() =>
      parametersByRole(
        network,
        roles.map(() => "one"),
      ),
    ).toThrow("two nodes have the role one");
  });
});
