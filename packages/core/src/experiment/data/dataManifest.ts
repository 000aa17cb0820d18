/** The list of a dataset's files by content, which travels to other machines. */
import { z } from "zod";

/** Keys of a dataset entry that name a file, or the folder that files lie in. */
export const dataKeys = ["file", "path", "train_images", "train_labels", "test_images", "test_labels"] as const;
export type DataKey = (typeof dataKeys)[number];

/** Some content, wherever it lies and whatever it is called. */
const blobRef = {
  /** SHA-256 as 64 lower-case hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
};

/**
 * The files that an experiment needs, by content: what one machine tells another, which checks it by this schema.
 * Paths of the first machine do not occur.
 */
export const dataManifestSchema = z.strictObject({
  /** Of this shape. */
  version: z.literal(1),
  files: z
    .array(
      z.strictObject({
        key: z.enum(dataKeys),
        /** In a folder: `class/image` or `split/class/image`. Of other files their own name, which is for messages only. */
        name: z.string().min(1).max(1024),
        ...blobRef,
      }),
    )
    .max(1_000_000),
});

export type DataManifest = z.output<typeof dataManifestSchema>;
export type ManifestFile = DataManifest["files"][number];
