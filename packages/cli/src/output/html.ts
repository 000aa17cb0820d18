/** Pages of HTML that need nothing else: text that stands for itself, tables, and a page around them. */

/** Text that stands for itself in HTML and SVG. */
export function escaped(content: string): string {
  return content.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table of texts. @param kind the class of the table, by which a page styles it. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[], kind = ""): string {
  const cells = (row: readonly string[], tag: string) => `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<table class="${kind}"><thead>${cells(head, "th")}</thead><tbody>${rows.map((row) => cells(row, "td")).join("")}</tbody></table>`;
}

/** Data of a page, for programs that read it. */
export function dataElement(id: string, data: unknown): string {
  return `<script type="application/json" id="${id}">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>`;
}

/** A picture that the page holds itself. */
export function embeddedPng(png: Uint8Array, description: string): string {
  return `<img alt="${escaped(description)}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">`;
}

/** A whole page. Its first line names the command, by which `--output` knows its own pages again. */
export function htmlPage({
  title,
  writtenBy,
  style,
  body,
}: {
  readonly title: string;
  readonly writtenBy: string;
  readonly style: string;
  readonly body: string;
}): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="generator" content="${escaped(writtenBy)}">
<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head><body>
${body}
</body></html>
`;
}

/** The style of pages that are light or dark as the reader's system is. */
export const bothSchemes = `:root{color-scheme:light dark}body{font:15px/1.45 sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:CanvasText;background:Canvas}
table{border-collapse:collapse;margin:.6em 0}td,th{padding:.15em .7em;border-bottom:1px solid #8884;text-align:right}
td:first-child,th:first-child,.left td,.left th{text-align:left}figure{display:inline-block;margin:.5em 1em .5em 0;vertical-align:top;max-width:100%}
img{image-rendering:pixelated;max-width:100%;vertical-align:top}.note{opacity:.75}`;
