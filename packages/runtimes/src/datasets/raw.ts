/** Images as a reader found them, before splitting and normalising. */
export interface RawImages {
  /** [count, channels, height, width], row-major; `scale` is the value that means full intensity. */
  readonly pixels: Uint8Array | Float32Array;
  readonly scale: number;
  /** [count], each checked to be below the number of classes. */
  readonly labels: Int32Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** What a reader makes of a dataset's files. */
export interface RawDataset {
  /** What errors call the dataset: its file or folder. */
  readonly file: string;
  /** Images to split, or to train on where `test` stands apart. */
  readonly images: RawImages;
  /** The number by which each image is dealt to a split; its position in `images` where absent. */
  readonly positions?: Int32Array;
  /** Test images that the dataset brings itself. */
  readonly test?: RawImages;
  readonly classes: readonly string[];
}

/** The number of classes that labels imply, numbered from 0, as names. */
export function numberedClasses(labels: Int32Array): readonly string[] {
  const largest = labels.reduce((max, label) => Math.max(max, label), -1);
  return Array.from({ length: largest + 1 }, (_, label) => String(label));
}
