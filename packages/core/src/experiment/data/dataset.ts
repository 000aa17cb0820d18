/** How a dataset is named in an experiment. */
import { z } from "zod";

/**
 * Images to train on, as written under `dataset:` in an experiment. Paths are relative to the experiment file.
 * Read by `loadDataset` of the runtimes, whose `data/README.md` says how each kind is split.
 */
const file = z.string().min(1);
/** Share of the images of each class, in twentieths. */
const share = z.number().min(0.05).max(0.45).multipleOf(0.05);

const common = {
  /** Read and train on only this many of the training images, every class in proportion. */
  limit: z.int().positive().optional(),
};

const splits = {
  /** Ignored where the dataset brings validation images of its own. */
  validation: share.default(0.15),
  /** Ignored where the dataset brings test images of its own. */
  test: share.default(0.15),
  /** Of the shuffling within each class by which images are dealt to the splits. */
  split_seed: z.int().min(0).default(0),
};

/** Names of the classes in order of label; without it, the labels that occur are the classes. */
const classes = z
  .array(z.string().min(1))
  .min(2)
  .refine((names) => new Set(names).size === names.length, { error: "two classes have the same name" })
  .optional();

const digits = z.strictObject({ kind: z.literal("digits"), ...common });

/** MNIST's file format, plain or gzip. */
const idx = z
  .strictObject({
    kind: z.literal("idx"),
    train_images: file,
    train_labels: file,
    test_images: file.optional(),
    test_labels: file.optional(),
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
  .default("#ffffff");

/** One image a row, plain or gzip: pixels channel by channel, row by row, and one column with the label. */
const csv = z.strictObject({
  kind: z.literal("csv"),
  file,
  /** A name from the header row, a position counted from 0, or `first` or `last`. */
  label_column: z.union([z.string().min(1), z.int().min(0)]).default("last"),
  /** Whether the first row holds names. By default, if `label_column` is a name. */
  header: z.boolean().optional(),
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
  /** The pixel value that means full intensity. */
  scale: z.number().positive().default(255),
  classes,
  ...splits,
  ...common,
});

/** A folder that has one folder of images for each class, or such folders as `train`, `val` and `test`. Needs the optional package `sharp`. */
const folder = z.strictObject({
  kind: z.literal("folder"),
  path: file,
  /** Height and width. */
  size: z.tuple([z.int().positive(), z.int().positive()]),
  channels: z.union([z.literal(1), z.literal(3)]).default(3),
  /** What to do with images of another size: refuse them, cut them to the middle, or stretch them. */
  resize: z.enum(["none", "cover", "stretch"]).default("none"),
  /** The colour behind what is transparent. */
  background,
  /** Whether to leave out images that cannot be decoded, instead of refusing the dataset. */
  skip_damaged: z.boolean().default(false),
  ...splits,
  ...common,
});

export const datasetSchema = z.union([
  z.literal("digits").transform((): z.output<typeof digits> => ({ kind: "digits" })),
  z.discriminatedUnion("kind", [digits, idx, csv, folder]),
]);

/** A checked dataset entry; `digits` written alone has become `{ kind: "digits" }`. */
export type DatasetSpec = z.output<typeof datasetSchema>;
