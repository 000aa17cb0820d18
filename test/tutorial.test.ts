/** The tutorial and how-to pages: their commands run, and print what the pages show; pictures of a terminal are drawn from that. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { root } from "../scripts/docs/pages.ts";
import { drawTerminal, recordings } from "../scripts/docs/recordings.ts";
import { createPrinter, filesOf, recordedPages, stepsOf } from "../scripts/docs/tutorial.ts";
import "./support/cli.ts";
import { full } from "./support/tier.ts";

const page = readFileSync(join(root, "docs/tutorial.md"), "utf8");
const steps = stepsOf(page);

test("the page goes from a file to an exported network, and shows what commands print", () => {
  expect([...filesOf(page).keys()]).toEqual(["first.yaml"]);
  expect(steps.map(({ command }) => command.split(" ")[1])).toEqual([
    "doctor",
    "space",
    "search",
    "pareto",
    "explain",
    "export",
    "estimate",
  ]);
  for (const { command, shown } of steps) if (!command.includes("doctor")) expect(shown, command).toMatch(/\S/);
});

describe("pictures of a terminal", () => {
  test.each([...recordings(steps)])("%s shows what the page does; else: npm run docs:record", (file, svg) => {
    expect(readFileSync(join(root, file), "utf8")).toBe(svg);
  });

  it("hold every line as text, escaped, and of progress the last line", () => {
    const svg = drawTerminal([{ command: "archwright x", shown: "1/2 trained\n2/2 trained\na <b> & c" }], "dark");
    expect([...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)).toEqual([
      "$ archwright x",
      "2/2 trained",
      "a &lt;b&gt; &amp; c",
    ]);
  });
});

/** What lines look like whatever was trained on whatever machine: numbers, units and architectures give way, and equal lines are one. */
function shape(text: string): ReadonlySet<string> {
  const lines = text
    .split("\n")
    // How often progress is told hangs on the machine's speed; which network is shown, and what it was made from, on its training.
    .filter((line) => !/^(\d+\/\d+ trained|made from trial )/.test(line))
    .map((line) =>
      line
        .replace(/\bw[\d.]+ head-.*$/, "ARCHITECTURE")
        .replace(/^.*% {2}(compute|overhead|sram|flash)$/, "KERNEL")
        .replace(/^operators: .*$/, "OPERATORS")
        .replace(/onnxruntime-(node|web)/, "onnxruntime")
        .replace(/\d[\d.]*(e[+-]\d+)?(ns|µs|ms|s|[munµ]J|J|B|KiB|MiB|GiB)?(?![a-z])/g, "#")
        .replace(/\s+/g, " ")
        .trim(),
    );
  return new Set(lines);
}

test.each(recordedPages.slice(1))("the commands of %s print what it shows; else: npm run docs:record", (file) => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-page-"));
  try {
    const text = readFileSync(join(root, file), "utf8");
    const print = createPrinter(root, folder, text);
    expect(stepsOf(text).length).toBeGreaterThan(0);
    // Nothing of it is trained or measured: it is the same everywhere.
    for (const { command, shown } of stepsOf(text)) expect(print(command), command).toBe(shown);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.skipIf(!full)("in an empty folder", () => {
  it("every command runs, and prints lines like those that the page shows", () => {
    const folder = mkdtempSync(join(tmpdir(), "archwright-tutorial-"));
    try {
      const print = createPrinter(root, folder, page);
      let chosen = "";
      for (const { command, shown } of steps) {
        // The reader takes the first network of the table; on another machine that may be another one.
        const printed = print(command.replace(/ first-1 \d+/, ` first-1 ${chosen}`));
        if (command.startsWith("archwright pareto")) chosen = /^ +(\d+) +\d/m.exec(printed)?.[1] ?? "";
        if (shown !== undefined) expect([...shape(printed)].sort(), command).toEqual([...shape(shown)].sort());
      }
      expect(chosen).toMatch(/^\d+$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 600_000);

  it("a changed line would be noticed", () => {
    const search = steps.find(({ command }) => command.startsWith("archwright search"));
    expect(shape(search?.shown?.replace("final report", "last report") ?? "")).not.toEqual(shape(search?.shown ?? ""));
  });
});
