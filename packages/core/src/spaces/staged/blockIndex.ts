/** Which blocks of a stage begin with a given operator. */
import { item } from "../../base/matrix.ts";
import type { AnyBlock, BlockPlace } from "./blockTypes.ts";
import { type ListedOperator, listBlock } from "./operatorList.ts";
import type { BlockPlan } from "./plan.ts";

/** A block that a position may hold: its type and attributes, as positions of options. */
export interface BlockChoice {
  readonly type: number;
  readonly attributes: readonly number[];
  readonly block: AnyBlock;
}

export interface ListedChoice {
  readonly choice: BlockChoice;
  readonly operators: readonly ListedOperator[];
}

/** The choices, in their order, that begin with this operator or have no operators. */
export type BlockIndex = (inputChannels: number, place: BlockPlace, next: ListedOperator | undefined) => readonly ListedChoice[];

/** All positions of a stage have the same choices, under genes of their own: any one stands for all. */
export function createBlockIndex(position: BlockPlan): BlockIndex {
  const choices = blockChoices(position);
  const known = new Map<
    string,
    { readonly all: readonly ListedChoice[]; readonly byFirst: Map<ListedOperator | undefined, readonly ListedChoice[]> }
  >();
  return (inputChannels, place, next) => {
    const key = `${inputChannels} ${place.channels} ${place.stride} ${place.activation}`;
    let entry = known.get(key);
    if (!entry) {
      const all = choices.map((choice) => ({ choice, operators: listBlock(choice.block, inputChannels, place) }));
      entry = { all, byFirst: new Map() };
      known.set(key, entry);
    }
    let beginning = entry.byFirst.get(next);
    if (!beginning) {
      beginning = entry.all.filter(({ operators }) => operators.length === 0 || operators[0] === next);
      entry.byFirst.set(next, beginning);
    }
    return beginning;
  };
}

function blockChoices({ type }: BlockPlan): BlockChoice[] {
  return type.values.flatMap((variant, option) => {
    let partial: (readonly number[])[] = [[]];
    for (const { slot } of variant.attributes) partial = partial.flatMap((sofar) => slot.values.map((_, i) => [...sofar, i]));
    return partial.map((attributes) => {
      const values = variant.attributes.map(({ name, slot }, i) => [name, slot.values[item(attributes, i)]]);
      return { type: option, attributes, block: Object.fromEntries([["type", variant.type], ...values]) as AnyBlock };
    });
  });
}
