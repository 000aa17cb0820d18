/** What messages offer as "write instead" is text that can be typed; a sentence is advice. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const packages = join(import.meta.dirname, "..", "packages");

/** Every literal text in the code that is handed over as a suggestion, with its file. */
function suggestions(): readonly (readonly [string, string])[] {
  return readdirSync(packages)
    .flatMap((name) =>
      readdirSync(join(packages, name, "src"), { recursive: true, encoding: "utf8" }).map((file) => join(name, "src", file)),
    )
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) => {
      const text = readFileSync(join(packages, file), "utf8");
      const fields = [...text.matchAll(/suggestion(?:: |\s*=\s*)([^\n]*)/g)].map(([, value]) => value as string);
      return fields.flatMap((value) =>
        [...value.matchAll(/"([^"]+)"|`([^`]+)`/g)].map((found) => [file, (found[1] ?? found[2]) as string] as const),
      );
    });
}

it("no message offers a sentence, a choice or a placeholder as text to write instead", () => {
  const found = suggestions();
  expect(found.length).toBeGreaterThan(15);
  const sentence = /, or | or |; |\b(first|another|instead|newer|leave|stop|end|name (?!:)|with|the|an?)\b(?!:)/;
  const placeholder = /\b(FILE|RUN|TRIAL|HOST|PORT|NAME|DEVICE|MODEL|DATABASE)\b/;
  expect(found.filter(([, text]) => sentence.test(text.replace(/\$\{[^}]*\}/g, "x")) || placeholder.test(text))).toEqual([]);
});
