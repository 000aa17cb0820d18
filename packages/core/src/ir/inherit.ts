/** Weights that a network takes over from another one whose operators have the same roles. */
import { item } from "../base/matrix.ts";
import type { Network } from "./network.ts";
import { type ParameterSlot, parameterLayout } from "./parameters.ts";

/** The parameters of a network by what they are for, so that those of another network find theirs. */
export interface ParametersByRole {
  /** By role of the node and of the parameter. */
  readonly slots: ReadonlyMap<string, ParameterSlot>;
  /** Of the flat vector of all parameters. */
  readonly length: number;
}

/**
 * @param roles what each node is for, as a search space says it (`SearchSpace.roles`); empty where a node takes nothing over.
 * @throws Error where two nodes have one role.
 */
export function parametersByRole(network: Network, roles: readonly string[]): ParametersByRole {
  const slots = new Map<string, ParameterSlot>();
  const layout = parameterLayout(network);
  for (const slot of layout) {
    const role = item(roles, slot.node);
    if (role === "") continue;
    const key = `${role}.${slot.spec.role}`;
    if (slots.has(key)) throw new Error(`two nodes have the role ${role}`);
    slots.set(key, slot);
  }
  return { slots, length: layout.reduce((sum, { size }) => sum + size, 0) };
}

export interface Inheritance {
  readonly from: ParametersByRole;
  /** Laid out as `parameterLayout` says, as are all weights here. */
  readonly fromWeights: Float32Array;
  readonly to: ParametersByRole;
  /** Weights of `to` before: what is not taken over keeps these. */
  readonly fresh: Float32Array;
}

/** The part of a parameter that both networks have: one range for each axis. */
interface Overlap {
  readonly from: ParameterSlot;
  readonly to: ParameterSlot;
  readonly ranges: readonly { readonly from: number; readonly to: number; readonly length: number }[];
}

/**
 * Takes over what nodes of equal roles share of every parameter, running statistics included: the leading channels, and the
 * middle of kernels (of the larger kernel where `from` has it, into the middle of the larger one where `to` has).
 * @returns new weights of `to`, and the share of their numbers that was taken over, 0 to 1.
 * @throws Error where weights do not belong to their network.
 */
export function inheritWeights({ from, fromWeights, to, fresh }: Inheritance): { readonly weights: Float32Array; readonly share: number } {
  checkLength(from, fromWeights);
  checkLength(to, fresh);
  const weights = fresh.slice();
  let copied = 0;
  for (const overlap of overlapsOf(from, to)) {
    copyOverlap(overlap, fromWeights, weights);
    copied += sizeOf(overlap);
  }
  return { weights, share: copied / weights.length };
}

/** The share that {@link inheritWeights} would take over, without any weights. */
export function inheritedShare(from: ParametersByRole, to: ParametersByRole): number {
  const copied = overlapsOf(from, to).reduce((sum, overlap) => sum + sizeOf(overlap), 0);
  return copied / to.length;
}

const sizeOf = ({ ranges }: Overlap): number => ranges.reduce((product, { length }) => product * length, 1);

function checkLength({ length }: ParametersByRole, weights: Float32Array): void {
  if (weights.length !== length) throw new Error(`${weights.length} weights for a network of ${length}`);
}

function overlapsOf(from: ParametersByRole, to: ParametersByRole): readonly Overlap[] {
  return [...to.slots].flatMap(([key, slot]) => {
    const donor = from.slots.get(key);
    if (donor?.spec.shape.length !== slot.spec.shape.length) return [];
    const isKernel = (axis: number) => slot.spec.shape.length === 4 && axis >= 2;
    const ranges = slot.spec.shape.map((length, axis) => overlapOfAxis(item(donor.spec.shape, axis), length, isKernel(axis)));
    return [{ from: donor, to: slot, ranges }];
  });
}

/** The leading elements of an axis, or its middle. */
function overlapOfAxis(from: number, to: number, middle: boolean): Overlap["ranges"][number] {
  const shift = middle ? Math.floor(from / 2) - Math.floor(to / 2) : 0;
  return { from: Math.max(0, shift), to: Math.max(0, -shift), length: Math.min(from, to) };
}

/** Copies along the last axis at once, and walks through the others. */
function copyOverlap({ from, to, ranges }: Overlap, source: Float32Array, target: Float32Array): void {
  const copyAxis = (axis: number, fromIndex: number, toIndex: number): void => {
    const range = item(ranges, axis);
    const fromStart = fromIndex * item(from.spec.shape, axis) + range.from;
    const toStart = toIndex * item(to.spec.shape, axis) + range.to;
    if (axis === ranges.length - 1) {
      const at = from.offset + fromStart;
      target.set(source.subarray(at, at + range.length), to.offset + toStart);
      return;
    }
    for (let i = 0; i < range.length; i++) copyAxis(axis + 1, fromStart + i, toStart + i);
  };
  copyAxis(0, 0, 0);
}
