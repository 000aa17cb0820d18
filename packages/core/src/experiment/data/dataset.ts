/** How a dataset is named in an experiment. */
import { z } from "zod";

/**
 * Images to train on, as written under `dataset:` in an experiment. Paths are relative to the experiment file.
 * Read by `loadDataset` of the runtimes, whose `data/README.md` says how each kind is split.
 */
const file = z.string().min(1);
/** Share of the images of each class, in twentieths. */
const share = (of: string) =>
  z
    .number()
    .min(0.05)
    .max(0.45)
    .multipleOf(0.05)
    .default(0.15)
    .describe(`Share of the images of each class ${of}, in steps of 0.05. Ignored where the dataset brings such images of its own.`);
const kind = <K extends string>(name: K, meaning: string) => z.literal(name).describe(meaning);

const common = {
  limit: z.int().positive().optional().describe("Read and train on only so many of the training images, every class in proportion."),
};

const splits = {
  validation: share("to validate on"),
  test: share("to test on"),
  split_seed: z.int().min(0).default(0).describe("Seed of the shuffling within each class by which images are dealt to the splits."),
};

const classes = z
  .array(z.string().min(1))
  .min(2)
  .refine((names) => new Set(names).size === names.length, { error: "two classes have the same name" })
  .optional()
  .describe("Names of the classes in order of label; without it, the labels that occur are the classes.");

const digits = z.strictObject({ kind: kind("digits", "1,797 images of 8×8 pixels, shipped with the program."), ...common });

/** MNIST's file format, plain or gzip. */
const idx = z
  .strictObject({
    kind: kind("idx", "MNIST's file format, plain or gzip."),
    train_images: file.describe("Path of the training images."),
    train_labels: file.describe("Path of their labels."),
    test_images: file.optional().describe("Path of the test images; without it, images are held out."),
    test_labels: file.optional().describe("Path of their labels."),
    classes,
    ...splits,
    ...common,
  })
  .refine((spec) => (spec.test_images === undefined) === (spec.test_labels === undefined), {
    error: "test_images and test_labels go together: give both or neither",
  });

const colours: Readonly<Record<string, string>> = { white: "#ffffff", black: "#000000" };
/** YAML takes `#ffffff` without quotes for a comment, and so for nothing. */
const background = z
  .preprocess((written) => written ?? "", z.string())
  .transform((written) => colours[written] ?? written.toLowerCase())
  .refine((colour) => /^#[0-9a-f]{6}$/.test(colour), { error: 'white, black, or a colour in quotes, such as "#ffffff"' })
  .default("#ffffff")
  .describe('The colour behind what is transparent: white, black, or in quotes such as "#ffffff".');

/** One image a row, plain or gzip: pixels channel by channel, row by row, and one column with the label. */
const csv = z.strictObject({
  kind: kind("csv", "One image a row, plain or gzip: pixels, and one column with the label."),
  file: file.describe("Path of the table."),
  label_column: z
    .union([z.string().min(1), z.int().min(0)])
    .default("last")
    .describe("The column with the label: a name from the header row, a position counted from 0, or first or last."),
  header: z.boolean().optional().describe("Whether the first row holds names. By default, if label_column is a name."),
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]).describe("Channels, height and width of an image."),
  scale: z.number().positive().default(255).describe("The pixel value that means full intensity."),
  classes,
  ...splits,
  ...common,
});

/** A folder that has one folder of images for each class, or such folders as `train`, `val` and `test`. Needs the optional package `sharp`. */
const folder = z.strictObject({
  kind: kind(
    "folder",
    "One folder of images for each class, or folders train, val and test with such folders. Needs the optional package sharp.",
  ),
  path: file.describe("Path of the folder."),
  size: z.tuple([z.int().positive(), z.int().positive()]).describe("Height and width that the images have, or get by resize."),
  channels: z
    .union([z.literal(1), z.literal(3)])
    .default(3)
    .describe("1 for grey images, 3 for colours."),
  resize: z
    .enum(["none", "cover", "stretch"])
    .default("none")
    .describe("What becomes of images of another size: none refuses them, cover cuts them to the middle, stretch distorts them."),
  background,
  skip_damaged: z.boolean().default(false).describe("Whether to leave out images that cannot be decoded, instead of refusing the dataset."),
  ...splits,
  ...common,
});

export const datasetSchema = z.union([
  z.literal("digits").transform((): z.output<typeof digits> => ({ kind: "digits" })),
  z.discriminatedUnion("kind", [digits, idx, csv, folder]),
]);

/** A checked dataset entry; `digits` written alone has become `{ kind: "digits" }`. */
export type DatasetSpec = z.output<typeof datasetSchema>;
