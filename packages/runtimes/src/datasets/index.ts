/** Images to train on: the embedded digits, IDX and CSV files, folders of images. Fixed splits, normalised, checked. */
export { type DataFile, listDataFiles, relocateDataset } from "./dataFiles.ts";
export { assertSameData } from "./inputDescription.ts";
export { datasetShape, loadDataset, resolveDatasetPaths } from "./load.ts";
export { dealSplits, holdOutTail, limitByClass, type SplitIndices, type SplitShares } from "./splits.ts";
export type * from "./types.ts";
