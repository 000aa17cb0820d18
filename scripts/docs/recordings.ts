/** Pictures of a terminal, light and dark, of what a page shows; drawn as SVG from plain text. */
import { columns, type Step } from "./tutorial.ts";

interface Colours {
  readonly background: string;
  readonly frame: string;
  readonly text: string;
  readonly prompt: string;
  readonly faint: string;
}

/** Contrasts of text are at least 4.5 : 1. */
const themes: Readonly<Record<"light" | "dark", Colours>> = {
  light: { background: "#ffffff", frame: "#d0d7de", text: "#1f2328", prompt: "#0a6640", faint: "#59636e" },
  dark: { background: "#0d1117", frame: "#3d444d", text: "#e6edf3", prompt: "#4ac26b", faint: "#9198a1" },
};

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const size = 13;
const lineHeight = 18;
/** Width of a character of the usual fonts; `textLength` holds lines to it whatever the font. */
const advance = size * 0.602;
const margin = 16;

/** Progress is shown as it ends: a terminal writes it over itself. */
function withoutProgress(lines: readonly string[]): readonly string[] {
  const isProgress = (line: string | undefined) => line !== undefined && /^\d+\/\d+ trained/.test(line);
  return lines.filter((line, index) => !isProgress(line) || !isProgress(lines[index + 1]));
}

/** The part of a line that fits. */
const cut = (line: string) => (line.length > columns + 50 ? `${line.slice(0, columns + 49)}…` : line);

/** A picture of commands and what they printed. */
export function drawTerminal(steps: readonly Pick<Step, "command" | "shown">[], theme: keyof typeof themes): string {
  const colours = themes[theme];
  const lines = steps.flatMap(({ command, shown = "" }, index) => [
    ...(index > 0 ? [{ text: "", fill: colours.text }] : []),
    { text: `$ ${command}`, fill: colours.prompt },
    ...withoutProgress(shown.split("\n")).map((line) => ({ text: cut(line), fill: /^[─\s]+$/.test(line) ? colours.faint : colours.text })),
  ]);
  const longest = Math.max(...lines.map(({ text }) => text.length));
  const width = Math.ceil(longest * advance + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const drawn = lines.map(({ text, fill }, index) => {
    const y = margin + index * lineHeight + size;
    const length = (text.length * advance).toFixed(1);
    return text === ""
      ? ""
      : `<text x="${margin}" y="${y}" fill="${fill}" textLength="${length}" xml:space="preserve">${escaped(text)}</text>\n`;
  });
  const title = escaped(steps.map(({ command }) => command).join("; "));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${size}">
<title>A terminal: ${title}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.background}" stroke="${colours.frame}"/>
${drawn.join("")}</svg>
`;
}

/** The pictures that are kept, by file, of the tutorial's steps. */
export function recordings(steps: readonly Step[]): ReadonlyMap<string, string> {
  const named: readonly (readonly [string, RegExp])[] = [
    ["search", /^archwright search /],
    ["estimate", /^archwright (export|estimate) /],
  ];
  return new Map(
    named.flatMap(([name, pattern]) =>
      (["light", "dark"] as const).map((theme): [string, string] => [
        `docs/images/terminal-${name}-${theme}.svg`,
        drawTerminal(
          steps.filter(({ command }) => pattern.test(command)),
          theme,
        ),
      ]),
    ),
  );
}
