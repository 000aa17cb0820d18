import type { InputDescription } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import { keysOfInput } from "./modelMetadata.ts";

describe("what a model says of its input", () => {
  const input: InputDescription = {
    layout: "NCHW",
    channels: 3,
    height: 24,
    width: 18,
    colour: "RGB",
    scale: 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    resize: "cover",
    background: null,
    classes: ["a", "b"],
  };

  it("names the size that images are resized from, and how, only where the network takes another size than the dataset's", () => {
    const resized = keysOfInput({ ...input, resizedFrom: { height: 32, width: 24 } });
    expect(resized).toMatchObject({
      input_height: 24,
      input_width: 18,
      input_resize: "cover",
      input_resized_from: "[32,24]",
      input_resampling: "bilinear, antialiased",
    });
    expect(keysOfInput(input)).toMatchObject({ input_height: 24, input_resized_from: undefined, input_resampling: undefined });
  });
});
