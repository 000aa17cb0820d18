/** Images to train on: the embedded digits, IDX and CSV files, folders of images. Fixed splits, normalised, checked. */
export type * from "./types.ts";
