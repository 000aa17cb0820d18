/** The report of an evaluation: one HTML page that needs nothing else, light or dark as the reader's system is. */
import { confusionMatrix } from "@archwright/core";
import { type PictureWriter, pictureOf } from "@archwright/runtimes";
import { bothSchemes, dataElement, embeddedPng, escaped, htmlPage, htmlTable } from "../output/html.ts";
import { drawReliability } from "./chart.ts";
import { type Evaluated, evaluationJson, nameOfOrigin } from "./evaluated.ts";
import {
  classTable,
  confusionTable,
  describeCalibration,
  describeImages,
  reliabilityTable,
  scoreTable,
  type TextTable,
} from "./wording.ts";

const mostClassesOfMatrix = 50;
const mostConfusions = 50;

const style = `${bothSchemes}
.matrix td,.matrix th{border:1px solid #8884;padding:.15em .4em;text-align:right}.matrix thead th+th{writing-mode:vertical-rl}.matrix .right{font-weight:bold}
figcaption{max-width:16em;overflow-wrap:anywhere;font-size:.9em}`;

const table = ({ head, rows }: TextTable, kind = "") => htmlTable(head, rows, kind);

/** @param writer of the pictures of the images that were mistaken. */
export async function renderEvaluationPage(evaluated: Evaluated, writer: PictureWriter): Promise<string> {
  const { evaluation, notes, classes } = evaluated;
  const title = `Evaluation of ${nameOfOrigin(evaluated.origin)}`;
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    `<p>${escaped(describeImages(evaluated))}</p>`,
    ...notes.map((note) => `<p>${escaped(`Note: ${note}.`)}</p>`),
    table(scoreTable(evaluated)),
    "<h2>Confusions</h2>",
    evaluation.mistakes.length === 0 ? "<p>There are no mistakes.</p>" : confusions(evaluated),
    "<h2>Calibration</h2>",
    `<p>${escaped(describeCalibration(evaluated))}</p>`,
    `<figure>${drawReliability(evaluation.calibration.bins)}</figure>`,
    table(reliabilityTable(evaluated)),
    ...(evaluation.mistakes.length === 0 ? [] : ["<h2>The most confident mistakes</h2>", await mistakes(evaluated, writer)]),
    `<h2>Classes</h2>`,
    `<p class="note">Wilson's intervals. Precision: of the images taken for the class, those that are of it. Recall: of the images of the class, those taken for it.</p>`,
    table(classTable(evaluated)),
    `<p class="note">All numbers are in this page, as JSON in the element "evaluation"${classes.length > 100 ? "; of confusions, the 100 most frequent" : ""}.</p>`,
    dataElement("evaluation", evaluationJson(evaluated)),
  ];
  return htmlPage({ title, writtenBy: "archwright evaluate", style, body: parts.join("\n") });
}

function confusions(evaluated: Evaluated): string {
  const { classes, evaluation } = evaluated;
  if (classes.length > mostClassesOfMatrix) {
    return `<p>${classes.length} classes; what was mistaken most often:</p>${table(confusionTable(evaluated, mostConfusions), "left")}`;
  }
  const head = `<tr><th>label \\ prediction</th>${classes.map((name) => `<th>${escaped(name)}</th>`).join("")}</tr>`;
  const rows = confusionMatrix(evaluation.confusions, classes.length).map((row, label) => {
    const total = evaluation.classes[label]?.support ?? 0;
    const cells = row.map((images, predicted) => {
      const share = total === 0 ? 0 : Math.round((100 * images) / total);
      const colour = predicted === label ? "#0072b2" : "#d55e00";
      const shade = images === 0 ? "" : ` style="background:color-mix(in srgb,${colour} ${Math.min(85, 15 + share)}%,transparent)"`;
      return `<td${predicted === label ? ' class="right"' : ""}${shade}>${images === 0 ? "" : images}</td>`;
    });
    return `<tr><th>${escaped(classes[label] as string)}</th>${cells.join("")}</tr>`;
  });
  return `<table class="matrix"><thead>${head}</thead><tbody>${rows.join("")}</tbody></table><p class="note">Images. Shades: the share of the label's images.</p>`;
}

async function mistakes({ evaluation, images, classes, worst }: Evaluated, writer: PictureWriter): Promise<string> {
  const figures = evaluation.mistakes.slice(0, worst).map(async ({ index, label, predicted, confidence }) => {
    const [is, taken] = [classes[label] as string, classes[predicted] as string];
    const png = await writer.png(await writer.thumbnail(pictureOf(images, index)));
    const caption = `${is}, taken for ${taken} with ${(100 * confidence).toFixed(1)} %: ${images.nameOf(index)} (index ${index})`;
    return `<figure>${embeddedPng(png, caption)}<figcaption>${escaped(caption)}</figcaption></figure>`;
  });
  return (await Promise.all(figures)).join("\n");
}
