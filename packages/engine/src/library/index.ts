/** Devices and latency models on disk, in folders that the caller names. */
export {
  type AddOptions,
  createDeviceLibrary,
  type DeviceFolders,
  type DeviceLibrary,
  type LibraryEntry,
  readLibraryDevice,
} from "./deviceLibrary.ts";
export { type LearnModelOptions, latencyModelNames, learnModel, prepareForDevices } from "./learnedModels.ts";
