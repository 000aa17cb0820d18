/** Accel-NASBench's measured networks. */
import { type Gene, InputError } from "@archwright/core";
import { choiceSpace, isObject, matchText, type PublishedTable, parseJson, tableOf } from "./publishedTable.ts";

/** The seven blocks' choices, in the order of the text; the sixth block may have a fourth layer. */
const kinds = [
  { key: "e", options: () => ["1", "4", "6"] },
  { key: "k", options: () => ["3", "5"] },
  { key: "l", options: (block: number) => (block === 5 ? ["1", "2", "3", "4"] : ["1", "2", "3"]) },
  { key: "se", options: () => ["false", "true"] },
] as const;

const genes: readonly Gene[] = kinds.flatMap(({ key, options }) =>
  Array.from({ length: 7 }, (_, block) => ({ name: `block${block}_${key}`, options: options(block), ordered: key !== "se" })),
);

const pattern = /^e([146]{7})-k([35]{7})-l([1-4]{7})-se([01]{7})$/;
const example = "e1666666-k3353553-l1223341-se1111111";

function format(g: readonly number[]): string {
  return kinds
    .map(({ key }, kind) => {
      const values = g
        .slice(7 * kind, 7 * kind + 7)
        .map((option, block) => (key === "se" ? option : genes[7 * kind + block]?.options[option]));
      return key + values.join("");
    })
    .join("-");
}

function parse(text: string): number[] {
  return matchText(text, pattern, example).flatMap((digits, kind) =>
    [...digits].map((digit, block) => {
      if (kind === 3) return Number(digit);
      const { name, options } = genes[7 * kind + block] as Gene;
      const option = options.indexOf(digit);
      if (option < 0) throw new InputError(`'${text}': ${name} is ${digit}`, { expected: `one of ${options.join(", ")}` });
      return option;
    }),
  );
}

/**
 * Accel-NASBench (Ahmad et al., DAC 2024): the networks of MnasNet's space that were trained on ImageNet and measured on accelerators; the
 * surrogates that its authors fitted to them are not used. The file is JSON lines: one published `results_*.json` a line, which
 * `jq -c . results_*.json` makes. Columns are its `metrics` (`val_top1`, `train_time`, …), `latency_<device>` in ms, and
 * `ms_per_image_<device>`, 1000 / throughput, to be minimised.
 */
export const accelNasBench: PublishedTable = {
  name: "accel-nasbench",
  space: choiceSpace("accel-nasbench", genes, { format, parse }),
  read(text, file) {
    const rows = text.split("\n").flatMap((content, index) => {
      if (content.trim() === "") return [];
      const line = index + 1;
      const document = parseJson(content, file, line);
      const { architecture, metrics, platform_perf: measured } = isObject(document) ? document : {};
      if (!isObject(architecture) || !isObject(metrics)) {
        throw new InputError("this is no result of Accel-NASBench", {
          place: { file, line },
          expected: "an object with architecture and metrics",
        });
      }
      const choices = genes.map(({ name, options }) => {
        const option = options.indexOf(String(architecture[name]).toLowerCase());
        if (option >= 0) return option;
        throw new InputError(`${name} is ${String(architecture[name])}`, {
          place: { file, line },
          expected: `one of ${options.join(", ")}`,
        });
      });
      return [{ architecture: format(choices), line, numbers: { ...metrics, ...performance(isObject(measured) ? measured : {}) } }];
    });
    return tableOf(file, rows);
  },
};

/** From `latency_D: { latency_mean }` and `throughput_D: { throughput_mean }`. */
function performance(measured: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(measured).flatMap(([name, entry]) => {
      const [, metric, device] = /^(latency|throughput)_(.+)$/.exec(name) ?? [];
      const mean = isObject(entry) && metric !== undefined ? entry[`${metric}_mean`] : undefined;
      if (typeof mean !== "number") return [];
      return [metric === "latency" ? [name, mean] : [`ms_per_image_${device}`, mean > 0 ? 1000 / mean : null]];
    }),
  );
}
