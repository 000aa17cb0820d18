/** The canonical text of a staged space. */
import { InputError, nearestSpelling } from "../../base/index.ts";
import { item } from "../../base/matrix.ts";
import type { Genotype } from "../categorical.ts";
import { attributeText } from "./blockTypes.ts";
import type { BlockPlan, Plan, Slot, StagePlan } from "./plan.ts";

/** Genes and the options chosen for them. */
type Assignment = readonly (readonly [gene: number, option: number])[];

/** A word of the text: which spellings it may have, and what each stands for. */
interface Word {
  /** What it says, for messages. */
  readonly about: string;
  readonly assignments: ReadonlyMap<string, Assignment>;
  spell(g: Genotype): string;
}

/** The canonical text of the architectures of a space of stages; see `stagedSpace`. */
export function stagedText(plan: Plan): { readonly format: (g: Genotype) => string; readonly parse: (text: string) => Genotype } {
  const header = headerWords(plan);
  const stages = plan.stages.map((stage) => stageWords(stage));
  const format = (g: Genotype) => {
    const segments = stages.map((stage) => stage.format(g));
    if (header.length > 0) segments.unshift(header.map((word) => word.spell(g)).join(" "));
    return segments.join(" | ");
  };
  const parse = (text: string) => {
    const segments = text.split("|").map((segment) => segment.split(/\s+/).filter((word) => word !== ""));
    const expected = (header.length > 0 ? 1 : 0) + stages.length;
    if (segments.length !== expected) {
      throw new InputError(`'${text}' has ${segments.length} parts between bars`, {
        expected: `${expected} parts: ${header.length > 0 ? "the network's choices, then " : ""}one for each of ${stages.length} stages`,
      });
    }
    const g = new Array<number>(plan.genes.length).fill(0);
    const assign = (assignment: Assignment) => {
      for (const [gene, option] of assignment) g[gene] = option;
    };
    if (header.length > 0) {
      const words = segments.shift() as string[];
      checkCount(words, header.length, header.length, "the network's choices");
      words.forEach((word, i) => {
        assign(read(header[i] as Word, word));
      });
    }
    segments.forEach((words, i) => {
      assign((stages[i] as (typeof stages)[number]).parse(words, `stage ${i + 1}`));
    });
    return g;
  };
  return { format, parse };
}

function headerWords(plan: Plan): Word[] {
  return [
    ...(plan.resolution ? slotWord("the input's resolution", plan.resolution, (value) => `in${value}`) : []),
    ...slotWord("the width", plan.width, (value) => `w${value}`),
    ...slotWord("the downsampling", plan.downsample, (value) => `d${value}`),
    ...slotWord("the activation", plan.activation, (value) => value),
    ...slotWord("the stem's channels", plan.stem.channels, (value) => `stem-c${value}`),
    ...slotWord("the stem's kernel", plan.stem.kernel, (value) => `stem-k${value}`),
    ...slotWord("the stem's stride", plan.stem.stride, (value) => `stem-s${value}`),
    ...slotWord("the head's channels", plan.head.channels, (value) => `head-c${value}`),
    ...(plan.head.flatten ? slotWord("the head's kind", plan.head.flatten, (value) => (value ? "head-flat" : "head-mean")) : []),
  ];
}

/** The word of a slot; none where there is nothing to choose. */
function slotWord<T>(about: string, slot: Slot<T>, spell: (value: T) => string): Word[] {
  if (slot.values.length === 1) return [];
  const spellings = slot.values.map(spell);
  return [
    {
      about,
      assignments: new Map(spellings.map((text, option) => [text, [[slot.gene, option]]])),
      spell: (g) => item(spellings, item(g, slot.gene)),
    },
  ];
}

/** `ir-k3e4se`: the type, then its attributes as far as there is a choice. */
function blockWord({ type }: BlockPlan, about: string): Word {
  const assignments = new Map<string, Assignment>();
  type.values.forEach((variant, option) => {
    let partial: [string, Assignment][] = [["", [[type.gene, option]]]];
    for (const { name, slot } of variant.attributes) {
      if (slot.values.length === 1) continue;
      partial = partial.flatMap(([text, sofar]) =>
        slot.values.map((value, i): [string, Assignment] => [text + attributeText(name, value), [...sofar, [slot.gene, i]]]),
      );
    }
    for (const [text, assignment] of partial) assignments.set(text === "" ? variant.token : `${variant.token}-${text}`, assignment);
  });
  const spell = (g: Genotype) => {
    const variant = type.values[item(g, type.gene)] as (typeof type.values)[number];
    const attributes = variant.attributes
      .filter(({ slot }) => slot.values.length > 1)
      .map(({ name, slot }) => attributeText(name, slot.values[item(g, slot.gene)] as (typeof slot.values)[number]))
      .join("");
    return attributes === "" ? variant.token : `${variant.token}-${attributes}`;
  };
  return { about, assignments, spell };
}

/** What a stage without blocks is written as. */
const EMPTY = "-";

function stageWords(stage: StagePlan) {
  const { depth } = stage;
  const fixed = [
    ...slotWord("the channels", stage.channels, (value) => `c${value}`),
    ...slotWord("the stride", stage.stride, (value) => `s${value}`),
  ];
  const positive = depth.values.filter((value) => value > 0);
  const spelt = new Map(depth.values.flatMap((value, option) => (value > 0 ? [[`n${value}`, [[depth.gene, option]] as Assignment]] : [])));
  const depthWord: Word = {
    about: "the depth",
    assignments: spelt as ReadonlyMap<string, Assignment>,
    spell: (g) => `n${depth.values[item(g, depth.gene)]}`,
  };
  if (stage.uniform && positive.length > 1) fixed.push(depthWord);
  const blocks = stage.blocks.map((block, i) => blockWord(block, stage.uniform ? "the block" : `block ${i + 1}`));
  const counts = stage.uniform ? [1] : positive;

  const format = (g: Genotype) => {
    const value = item(depth.values, item(g, depth.gene));
    if (value === 0) return EMPTY;
    const shown = stage.uniform ? 1 : value;
    return [...fixed, ...blocks.slice(0, shown)].map((word) => word.spell(g)).join(" ");
  };
  const parse = (words: readonly string[], where: string): Assignment => {
    if (words.length === 1 && words[0] === EMPTY && depth.values[0] === 0) return [[depth.gene, 0]];
    const allowed = counts.map((value) => value + fixed.length);
    if (!allowed.includes(words.length)) {
      const alternatives = [...(depth.values[0] === 0 ? [`'${EMPTY}'`] : []), ...fixed.map((word) => word.about)];
      throw new InputError(`${where} has ${words.length} words: '${words.join(" ")}'`, {
        expected: `${[...alternatives, `${counts.join(" or ")} ${counts.at(-1) === 1 ? "block" : "blocks"}`].join(", ")}`,
      });
    }
    const spelling = [...fixed, ...blocks];
    const read1 = words.flatMap((word, i) => read(spelling[i] as Word, word, where));
    const count = words.length - fixed.length;
    if (stage.uniform) return positive.length > 1 ? read1 : [...read1, [depth.gene, depth.values.findIndex((value) => value > 0)]];
    return [...read1, [depth.gene, depth.values.indexOf(count)]];
  };
  return { format, parse };
}

function checkCount(words: readonly string[], least: number, most: number, where: string): void {
  if (words.length >= least && words.length <= most) return;
  throw new InputError(`${where} have ${words.length} words: '${words.join(" ")}'`, { expected: `${least} words` });
}

const SHOWN = 12;

function read(word: Word, text: string, where?: string): Assignment {
  const assignment = word.assignments.get(text);
  if (assignment) return assignment;
  const spellings = [...word.assignments.keys()];
  const listed = spellings.length > SHOWN ? [...spellings.slice(0, SHOWN), "…"] : spellings;
  throw new InputError(`${where === undefined ? "" : `${where}: `}'${text}' is not ${word.about}`, {
    expected: `${word.about}: ${listed.join(", ")}`,
    suggestion: nearestSpelling(text, spellings),
  });
}
