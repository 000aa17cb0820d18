/** Prints what random search finds on average in a table of accuracies, exactly; see README.md. */
import { readFileSync } from "node:fs";
import { parseTable, tableColumn } from "@archwright/core/devices";
import { meritOfRandomSearch } from "./incumbent.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("the path of accuracy.csv is missing");
const table = parseTable(readFileSync(file, "utf8"), file);
const [valid, test] = ["cifar100_valid", "cifar100_test"].map((column) => tableColumn(table, column)) as [Float64Array, Float64Array];
const rows = table.architectures.map((_, row) => ({ shown: valid[row] as number, merit: test[row] as number }));
console.log("| evaluations | mean | standard deviation | standard error of 100 searches |\n| --- | --- | --- | --- |");
for (const count of [25, 50, 100]) {
  const { mean, sd } = meritOfRandomSearch(rows, count);
  console.log(`| ${count} | ${[mean, sd, sd / 10].map((value) => value.toFixed(3)).join(" | ")} |`);
}
