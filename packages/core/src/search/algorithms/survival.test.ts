/** Which of a pool survive, by NSGA-III and AGE-MOEA. */
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { normaliseObjectives } from "../front/normalise.ts";
import { byGeometry, curvature } from "./ageMoea.ts";
import { alongDirections, referenceDirections } from "./nsga3.ts";

const feasible = (...objectives: number[]) => ({ genotype: objectives.join(" "), status: "feasible" as const, objectives });
const names = (survivors: readonly { readonly told: { readonly genotype: string } }[]) => survivors.map(({ told }) => told.genotype).sort();

describe("normalised objectives", () => {
  it("have the origin as ideal point and meet the axes at one, whatever the units", () => {
    const front = [
      [0, 30, 10],
      [5, 20, 10],
      [0, 20, 60],
      [1, 22, 12],
    ];
    const { vectors, extremes } = normaliseObjectives(front, 4);
    expect(new Set(extremes)).toEqual(new Set([0, 1, 2]));
    for (const [index, axis] of [
      [1, 0],
      [0, 1],
      [2, 2],
    ] as const) {
      expect(vectors[index]?.[axis]).toBeCloseTo(1);
    }
    expect(Math.min(...vectors.flat())).toBeCloseTo(0);
  });
});

describe("NSGA-III", () => {
  it("has the simplex's points of Das and Dennis as directions: at most as many as wanted", () => {
    // 12 divisions of three objectives are 91 directions (Deb and Jain 2014, table I).
    expect(referenceDirections(3, 91)).toHaveLength(91);
    expect(referenceDirections(3, 104)).toHaveLength(91);
    expect(referenceDirections(2, 5)).toEqual([0, 0.25, 0.5, 0.75, 1].map((part) => [part, 1 - part]));
    expect(referenceDirections(1, 10)).toEqual([[1]]);
    expect(referenceDirections(5, 2)).toHaveLength(5);
  });

  it("keeps the ends and the middle of a front, not three neighbours", () => {
    const pool = [feasible(0, 1), feasible(0.48, 0.5), feasible(0.5, 0.48), feasible(0.52, 0.46), feasible(1, 0)];
    const kept = names(alongDirections(pool, 3, createRng(1)));
    expect(kept).toContain("0 1");
    expect(kept).toContain("1 0");
    expect(kept).toHaveLength(3);
  });
});

describe("AGE-MOEA", () => {
  it("finds the norm of the front: flat, spherical and bent inwards", () => {
    const front = (p: number) =>
      Array.from({ length: 21 }, (_, i) => [(i / 20) ** (2 / p), (1 - i / 20) ** (2 / p)].map((value) => value ** (1 / 2)));
    for (const p of [0.5, 1, 2]) expect(curvature(front(p), [0, 20])).toBeCloseTo(p, 6);
    expect(curvature([[0, 1]], [0])).toBe(1);
  });

  it("keeps the ends and the middle of a front, then the next front, then what is least over budget", () => {
    const pool = [feasible(0, 1), feasible(0.48, 0.5), feasible(0.5, 0.48), feasible(0.52, 0.46), feasible(1, 0)];
    const kept = names(byGeometry(pool, 3));
    expect(kept).toContain("0 1");
    expect(kept).toContain("1 0");
    const over = [
      { genotype: "far over", status: "infeasible" as const, violation: 2 },
      { genotype: "over", status: "infeasible" as const, violation: 1 },
    ];
    expect(names(byGeometry([...over, feasible(1, 1), feasible(2, 2)], 3))).toEqual(["1 1", "2 2", "over"]);
  });
});
