/** The sizes of a graph's inputs. */
import { InputError } from "@archwright/core/base";
import type { Shape } from "@archwright/core/ir";
import type { InputSizes } from "../../models/types.ts";
import type { DimensionProto, ValueInfoProto } from "../proto.ts";
import { shown } from "./graph/onnxNode.ts";

/** Sizes of inputs, and what was used of what the user gave. */
export class Sizes {
  readonly #file: string;
  readonly #given: InputSizes;
  readonly #readerOf: (input: string) => string | undefined;
  /** Of dimensions by name. */
  readonly named = new Map<string, number>();

  /** @param readerOf the node that reads an input. */
  constructor(given: InputSizes, file: string, readerOf: (input: string) => string | undefined) {
    this.#readerOf = readerOf;
    this.#given = given;
    this.#file = file;
    for (const [name, size] of Object.entries(given.named ?? {})) {
      if (!Number.isInteger(size) || size < 1)
        this.#fail(`the size of '${shown(name)}' is ${size}`, "a whole number of at least 1", undefined);
      this.named.set(name, size);
    }
  }

  #fail(problem: string, expected: string, advice: string | undefined): never {
    throw new InputError(problem, { place: { file: this.#file }, expected, advice });
  }

  /**
   * The shape of an input. Sizes that the file leaves open are those that the user gives, a batch that is left open is 1.
   * @param first whether it is the input that an unnamed shape is for.
   * @throws InputError where a size is left open, or what is given does not fit.
   */
  shapeOf({ name, type }: ValueInfoProto, first: boolean): Shape {
    const dimensions = type?.tensorType?.shape?.dim;
    const given = first ? this.#given.shape : undefined;
    if (!dimensions) {
      if (given) return given;
      return this.#fail(`the input '${shown(name)}' has no shape`, "a tensor of known rank", "give its shape: --input 1x3x224x224");
    }
    if (given && given.length !== dimensions.length)
      this.#fail(`the input '${shown(name)}' has ${dimensions.length} axes`, `as many sizes, not ${given.length}`, undefined);
    return dimensions.map((dimension, axis) => this.#size(dimension, axis, name, dimensions, given?.[axis]));
  }

  #size(
    { dimValue = 0, dimParam = "" }: DimensionProto,
    axis: number,
    input: string,
    all: readonly DimensionProto[],
    given: number | undefined,
  ): number {
    const open = !(dimValue > 0);
    if (given !== undefined) {
      if (!open && given !== dimValue)
        this.#fail(`axis ${axis} of the input '${shown(input)}' is ${dimValue} in the model`, `${dimValue} there, not ${given}`, undefined);
      if (dimParam !== "" && open) this.named.set(dimParam, given);
      return given;
    }
    if (!open) return dimValue;
    const named = dimParam === "" ? undefined : this.named.get(dimParam);
    if (named !== undefined) {
      return named;
    }
    if (axis === 0) {
      if (dimParam !== "") this.named.set(dimParam, 1);
      return 1;
    }
    const reader = this.#readerOf(input);
    const shape = all
      .map((one, i) => ((one.dimValue ?? 0) > 0 ? one.dimValue : i === 0 ? 1 : all.length === 4 && i === 1 ? 3 : 224))
      .join("x");
    return this.#fail(
      `axis ${axis} of the input '${shown(input)}' is left open${dimParam ? ` ('${shown(dimParam)}')` : ""}${reader ? `; ${reader} reads it` : ""}`,
      "fixed sizes of every axis but the first, the batch",
      dimParam && /^[\w.-]+$/.test(dimParam)
        ? `give the size: --input ${dimParam}=224, or the whole shape: --input ${shape}; or export the model for one image size`
        : `give the whole shape: --input ${shape}; or export the model for one image size`,
    );
  }

  /** @throws InputError where the user names a dimension that no input has. */
  checkUsed(inputs: readonly ValueInfoProto[]): void {
    const names = new Set(
      inputs.flatMap(({ type }) => (type?.tensorType?.shape?.dim ?? []).map(({ dimParam = "" }) => dimParam)).filter((name) => name !== ""),
    );
    const unknown = Object.keys(this.#given.named ?? {}).find((name) => !names.has(name));
    if (unknown === undefined) return;
    const known = [...names].map((name) => `'${shown(name)}'`).join(", ");
    this.#fail(
      `no input has a dimension '${shown(unknown)}'`,
      known === "" ? "no named size: the model names none" : `one of ${known}`,
      undefined,
    );
  }
}
