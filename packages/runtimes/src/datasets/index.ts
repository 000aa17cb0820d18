/** Images to train on: the embedded digits, IDX and CSV files, folders of images. Fixed splits, checked, normalised when used. */
export { type DataFile, listDataFiles, relocateDataset } from "./dataFiles.ts";
export type * from "./dataset.ts";
export { isSplitFolder } from "./folder/list.ts";
export { joinImages } from "./imageSet.ts";
export { assertSameData } from "./inputDescription.ts";
export { type Duplicates, type EqualImages, findDuplicates } from "./inspect.ts";
export { datasetShape, inspectDataset, loadDataset, resolveDatasetPaths } from "./load.ts";
export { createResizer, imagesFor, imagesOfSize } from "./resize.ts";
