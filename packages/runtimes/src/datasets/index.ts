/** Images to train on: the embedded digits, IDX and CSV files, folders of images. Fixed splits, checked, normalised when used. */
export { type DataFile, listDataFiles, relocateDataset } from "./dataFiles.ts";
export type * from "./dataset.ts";
export { isSplitFolder } from "./folder/list.ts";
export { assertSameData } from "./inputDescription.ts";
export { datasetShape, inspectDataset, loadDataset, resolveDatasetPaths } from "./load.ts";
export { createResizer, imagesFor } from "./resize.ts";
