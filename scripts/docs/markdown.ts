/** Markdown as the repository's pages have it. */

/** A table with aligned columns. Cells may hold anything; what would end a cell or a line is escaped. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [titles, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ")));
  const widths = titles.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[], fill = " ") =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width, fill)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line([], "-"), ...body.map((row) => line(row))].join("\n");
}

export const code = (text: string) => `\`${text}\``;
export const codes = (texts: readonly string[]) => texts.map(code).join(", ");

/** A page that a program wrote, with a note for whoever would edit it. */
export function page(title: string, introduction: string, ...parts: readonly string[]): string {
  const note = "<!-- Written by scripts/docs/generate.ts: change that, or what it reads, and run `npm run docs:generate`. -->";
  return `${[`# ${title}`, note, introduction, ...parts].join("\n\n")}\n`;
}
