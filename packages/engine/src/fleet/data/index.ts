/** Files of an experiment on other machines: found by content, never by hoping that a path exists. */
export { type BlobRef, type BlobStore, DataError } from "./blobStore.ts";
export { createDataFetcher, type PackedExperiment, type PrepareExperiment, packExperiment } from "./experimentData.ts";
export { type FetchOptions, fetchData } from "./fetch.ts";
export { createFolderBlobStore, type FolderStoreOptions } from "./folderStore.ts";
export { defaultRedisLimitBytes, type PackedData, packData } from "./pack.ts";
export { createRedisBlobStore } from "./redisStore.ts";
export { createUrlBlobStore } from "./urlStore.ts";
