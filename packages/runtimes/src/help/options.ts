/** What HELP may be told, apart from its code so that reading these types takes no TensorFlow.js. */

/** Called at the start and now and then. @param share of the episodes that are done. */
export type TrainingProgress = (share: number) => void;

export interface HelpOptions {
  /** Of the weights, the reference networks and the episodes. */
  readonly seed?: number | string;
  /** Episodes without inner steps, which come first, and episodes with them. None of either leave the model untrained. */
  readonly warmUpEpisodes?: number;
  readonly episodes?: number;
  /** Samples of a device that judge its adapted weights. */
  readonly query?: number;
  /** Width of the first hidden layers. */
  readonly hidden?: number;
  readonly onProgress?: TrainingProgress;
}
