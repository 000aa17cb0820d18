/** Contact sheets: some images of each class, as a PNG or a page of HTML. */
import { type NamedImages, type Picture, type PictureWriter, pictureOf, sheetOf } from "@archwright/runtimes";
import type { OpenedDataset } from "../input/datasetInput.ts";
import { bothSchemes, embeddedPng, escaped, htmlPage } from "./html.ts";

export const sheetEndings = [".png", ".html"] as const;

/** A sheet with more rows is too long to be looked at, and its PNG too large for many programs. */
const mostClasses = 200;

export interface SheetOptions {
  readonly writer: PictureWriter;
  /** The file's name, by whose ending the format is chosen. */
  readonly output: string;
  /** Of each class, at most. */
  readonly images: number;
}

/** The first training images of each class, a row a class. Validation and test images are left unseen. */
export async function contactSheet(
  { raw, report }: OpenedDataset,
  { writer, output, images }: SheetOptions,
): Promise<{ readonly content: string | Uint8Array; readonly leftOut: number }> {
  const leftOut = Math.max(0, raw.classes.length - mostClasses);
  const rows: (readonly Picture[])[] = [];
  for (const chosen of firstOfEachClass(raw.splits.train, images).slice(0, mostClasses)) {
    rows.push(await Promise.all(chosen.map((index) => writer.thumbnail(pictureOf(raw.splits.train, index)))));
  }
  if (/\.png$/i.test(output)) return { content: await writer.png(sheetOf(rows)), leftOut };
  const lines = rows.map(async (row, label) => {
    const { name, images: all, train, validation, test } = report.classes[label] as (typeof report.classes)[number];
    const strip = embeddedPng(await writer.png(sheetOf([row])), `${row.length} images of ${name}`);
    return `<tr><th>${escaped(name)}</th><td>${all}</td><td>${train}</td><td>${validation}</td><td>${test}</td><td>${strip}</td></tr>`;
  });
  const { channels, height, width } = report;
  const title = `Images of ${report.dataset}`;
  const body = `<h1>${escaped(title)}</h1>
<p>${escaped(`${report.images} images of ${channels}×${height}×${width} (channels × height × width), ${report.classes.length} classes. The pictures are training images.`)}${leftOut > 0 ? ` The last ${leftOut} classes are left out.` : ""}</p>
<table><thead><tr><th>class</th><th>images</th><th>train</th><th>validation</th><th>test</th><th></th></tr></thead><tbody>
${(await Promise.all(lines)).join("\n")}
</tbody></table>`;
  return { content: htmlPage({ title, writtenBy: "archwright dataset show", style: bothSchemes, body }), leftOut };
}

/** Positions of the first images of each class, in order of label. */
function firstOfEachClass({ labels, classes }: NamedImages, most: number): readonly (readonly number[])[] {
  const chosen = Array.from({ length: classes }, (): number[] => []);
  labels.forEach((label, index) => {
    const own = chosen[label] as number[];
    if (own.length < most) own.push(index);
  });
  return chosen;
}
