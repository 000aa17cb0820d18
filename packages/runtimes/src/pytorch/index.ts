/** PyTorch: networks written as modules in plain Python. */
export { exportTorch, type TorchModule, type TorchOptions } from "./exportModule.ts";
