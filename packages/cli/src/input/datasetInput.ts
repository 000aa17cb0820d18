/** Datasets that a command line names: as the key `dataset` of an experiment has them, by the path of their file, or by an experiment. */
import { existsSync } from "node:fs";
import { checkInput, type DatasetSpec, datasetSchema, InputError, parseYaml } from "@archwright/core";
import { type DatasetReport, type ImageShape, inspectDataset, type ModelDescription, type RawDataset } from "@archwright/runtimes";
import { csvColumns, type Data, labelsBeside, recogniseData, squareImage } from "./dataFile.ts";
import { loadExperiment, type ReadOptions } from "./loadExperiment.ts";

/** What was read of a dataset, and its images. */
export interface OpenedDataset {
  readonly report: DatasetReport;
  readonly raw: RawDataset;
}

/** What is known of the images where a path alone does not say it. */
export interface KnownImages {
  readonly shape?: ImageShape | undefined;
  /** Of the model that is to take them. */
  readonly model?: ModelDescription | undefined;
}

const forms = "digits, a folder of images, a .csv file, an IDX file of images, an experiment in YAML, or { kind: …, … } as in one";

/**
 * Opens a dataset.
 * @param text `digits`, the path of a folder, a CSV or an IDX file, an experiment's YAML, or the key `dataset` itself: `{ kind: … }`.
 * @throws InputError where it is none of these, or the dataset cannot be read.
 */
export async function openNamedDataset(text: string, known: KnownImages & Pick<ReadOptions, "workspace">): Promise<OpenedDataset> {
  if (text.trimStart().startsWith("{")) return inspectDataset(parseYaml(text, "the dataset", datasetSchema));
  if (/\.ya?ml$/i.test(text)) return datasetOfExperiment(text, known);
  const data = recogniseData(text);
  const path = data === undefined ? text : data.path;
  if (path !== undefined && !existsSync(path)) {
    throw new InputError("there is no such file or folder", { place: { file: path }, expected: forms });
  }
  if (data === undefined || (data.kind !== "digits" && path === undefined)) {
    throw new InputError(`'${text}' is not a dataset`, { expected: forms });
  }
  return inspectDataset(specOf(data, known));
}

async function datasetOfExperiment(file: string, { workspace }: Pick<ReadOptions, "workspace">): Promise<OpenedDataset> {
  let opened: OpenedDataset | undefined;
  await loadExperiment(file, {
    workspace,
    onDataset: (report, raw) => {
      opened = { report, raw };
    },
  });
  if (opened) return opened;
  throw new InputError("the experiment has no dataset: nothing is trained on images that Archwright reads", {
    place: { file },
    expected: "an experiment with the key 'dataset'",
  });
}

/** The dataset of a path, in the size that is known, else in the size that `archwright init` would write. */
function specOf({ kind, path = "" }: Data, { shape: known, model }: KnownImages): DatasetSpec {
  const check = (written: object) => checkInput(datasetSchema, written);
  switch (kind) {
    case "digits":
      return check({ kind });
    case "folder": {
      const { channels, height, width } = known ?? { channels: 3, height: 32, width: 32 };
      const background = model?.background;
      return check({ kind, path, size: [height, width], channels, resize: model?.resize ?? "cover", ...(background && { background }) });
    }
    case "csv": {
      const { label, pixels } = csvColumns(path);
      const shape = known ? [known.channels, known.height, known.width] : squareImage(pixels);
      if (shape === undefined) {
        throw new InputError(`its rows have ${pixels + 1} cells, which are not a square image and a label`, {
          place: { file: path, line: 1 },
          expected: "square images of 1 or 3 channels, or their shape beside the file",
          advice: "name the dataset as in an experiment: { kind: csv, file: …, shape: [channels, height, width] }",
        });
      }
      return check({ kind, file: path, label_column: label, shape, scale: model?.scale ?? 255 });
    }
    case "idx": {
      // Labels of this format are numbers: those of the model's classes.
      const classes = model?.classes;
      return check({ kind, train_images: path, train_labels: labelsBeside(path), ...(classes && { classes }) });
    }
  }
}
