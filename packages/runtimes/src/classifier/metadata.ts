/** What a model that Archwright exported says of itself, read back; the keys are written in `onnx/modelMetadata.ts`. */

/** What is known of a classifier from its own file. Absent: the file does not say. */
export interface ModelDescription {
  /** Names, in order of the outputs. */
  readonly classes?: readonly string[];
  /** Whether the model itself subtracts the mean and divides by the deviation. */
  readonly normalisedInside: boolean;
  /** The raw value that means full intensity. */
  readonly scale?: number;
  readonly resize?: "none" | "cover" | "stretch";
  readonly background?: string;
  /** The size that images have before they are resized to that of its input, where these differ. */
  readonly resizedFrom?: { readonly height: number; readonly width: number };
  /** Hash of the dataset that it was trained with. */
  readonly datasetHash?: string;
}

const resizes = ["none", "cover", "stretch"] as const;

/** @param properties as in the file. Those of other programs may have the same keys: they say nothing here. */
export function describeModel(properties: readonly { readonly key: string; readonly value: string }[]): ModelDescription {
  const values = new Map(properties.map(({ key, value }) => [key, value]));
  if (!values.has("archwright_version")) return { normalisedInside: false };
  const classes = listIn(values.get("classes"));
  const [height, width] = listIn(values.get("input_resized_from"))?.map(Number) ?? [];
  const scale = Number(values.get("input_scale"));
  const resize = resizes.find((known) => known === values.get("input_resize"));
  const background = values.get("input_background");
  const datasetHash = values.get("dataset_hash");
  return {
    normalisedInside: values.get("input_normalised") === "inside",
    ...(classes?.every((name) => typeof name === "string") ? { classes } : {}),
    ...(scale > 0 ? { scale } : {}),
    ...(resize === undefined ? {} : { resize }),
    ...(background === undefined ? {} : { background }),
    ...(height === undefined || width === undefined ? {} : { resizedFrom: { height, width } }),
    ...(datasetHash === undefined ? {} : { datasetHash }),
  };
}

/** A JSON list; undefined of anything else. */
function listIn(text: string | undefined): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text ?? "");
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
