/** Tables in Markdown, and the numbers in them. */
import { mean, sampleVariance } from "@archwright/core";

/** Rows under a header. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `88.41 ± 0.12 (3)`: mean, standard error of the mean, and how many. A dash where there is nothing. */
export function meanText(values: readonly number[]): string {
  if (values.length === 0) return "-";
  const variance = sampleVariance(values);
  const error = variance === undefined ? "" : ` ± ${Math.sqrt(variance / values.length).toFixed(2)}`;
  return `${mean(values).toFixed(2)}${error} (${values.length})`;
}
