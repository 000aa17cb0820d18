/** The type of TensorFlow.js, which is loaded late: importing this loads nothing. */
export type TensorFlow = typeof import("@tensorflow/tfjs-core");
