/** NAS-Bench-Macro. */
import { InputError } from "@archwright/core";
import { choiceSpace, isObject, matchText, type PublishedTable, parseJson, tableOf } from "./publishedTable.ts";

const layers = 8;
const blocks = ["identity", "MB3_K3", "MB6_K5"];

/**
 * NAS-Bench-Macro (Su et al., CVPR 2021): eight layers, each an identity or one of two inverted residual blocks; 6,561 networks on
 * CIFAR-10. The published file `nas-bench-macro_cifar10.json` maps eight digits to `test_acc` (three trainings), `mean_acc`, `std`,
 * `params` and `flops`. The first training's accuracy is given as a column of its own, what a single training would have shown.
 */
export const nasBenchMacro: PublishedTable = {
  name: "nasbench-macro",
  space: choiceSpace(
    "nasbench-macro",
    Array.from({ length: layers }, (_, i) => ({ name: `layer ${i}`, options: blocks, ordered: false })),
    { format: (g) => g.join(""), parse: (text) => [...(matchText(text, /^([0-2]{8})$/, "01201201")[0] as string)].map(Number) },
  ),
  read(text, file) {
    const document = parseJson(text, file);
    if (!isObject(document))
      throw new InputError("this is no NAS-Bench-Macro", { place: { file }, expected: "an object of architectures" });
    const rows = Object.entries(document).map(([architecture, entry]) => {
      if (!isObject(entry))
        throw new InputError(`'${architecture}' has no results`, { place: { file }, expected: "an object with mean_acc" });
      const { test_acc: trainings, ...numbers } = entry;
      const single = Array.isArray(trainings) ? { first_acc: trainings[0] as unknown } : {};
      return { architecture, line: 1, numbers: { ...numbers, ...single } };
    });
    return tableOf(file, rows);
  },
};
