/** What files are that are no model of a known format, and what to do. */

const text = new TextDecoder("utf-8", { fatal: true });

const starts = (bytes: Uint8Array, ...first: readonly number[]) => first.every((byte, i) => bytes[i] === byte);
const ascii = (bytes: Uint8Array, from: number, count: number) => String.fromCharCode(...bytes.subarray(from, from + count));

/** Files that are met in the place of a model: how they begin, what they are, what to do. */
const others: readonly (readonly [is: (bytes: Uint8Array, head: string) => boolean, what: string, advice: string])[] = [
  [(bytes) => bytes.length === 0, "the file is empty", "export or download the model again"],
  [
    (_, head) => head.startsWith("version https://git-lfs"),
    "this is a pointer of Git LFS, not the model itself",
    "fetch the model with: git lfs pull",
  ],
  [(bytes) => starts(bytes, 0x1f, 0x8b), "this is compressed (gzip)", "unpack it first: gunzip FILE.onnx.gz"],
  [(bytes) => starts(bytes, 0x28, 0xb5, 0x2f, 0xfd), "this is compressed (zstd)", "unpack it first: unzstd FILE.onnx.zst"],
  [(bytes) => starts(bytes, 0xfd, 0x37, 0x7a, 0x58, 0x5a), "this is compressed (xz)", "unpack it first: unxz FILE.onnx.xz"],
  [
    (_, head) => head.startsWith("PK"),
    "this is a zip archive, as PyTorch (.pt, .pth) and Keras (.keras) write it",
    "export the model to ONNX: torch.onnx.export(model, input, 'model.onnx') in PyTorch, model.export('model.onnx', format='onnx') in Keras; or unpack the archive where the model lies in it",
  ],
  [
    (bytes) => starts(bytes, 0x80, 0x02) || starts(bytes, 0x80, 0x04),
    "this is a pickle of Python, as PyTorch (.pt, .pth) writes it",
    "load it in PyTorch and export the model: torch.onnx.export(model, input, 'model.onnx')",
  ],
  [
    (bytes) => ascii(bytes, 1, 3) === "HDF" && bytes[0] === 0x89,
    "this is an HDF5 file, as Keras writes it (.h5)",
    "convert it: python -m tf2onnx.convert --keras MODEL.h5 --output model.onnx",
  ],
  [
    (_, head) => head.startsWith("GGUF"),
    "this is a GGUF file: weights for llama.cpp",
    "export the model to ONNX from where it was trained",
  ],
  [(bytes) => ascii(bytes, 4, 4) === "TFL3", "this is a TFLite model", "name the file .tflite"],
  [
    (bytes) => ascii(bytes, 4, 4) === "ORTM",
    "this is a model in onnxruntime's own format (.ort)",
    "take the .onnx file that it was made from",
  ],
  [
    (bytes) => bytes.length > 9 && bytes[8] === 0x7b && bytes[7] === 0 && bytes[6] === 0,
    "this is a file of weights alone (.safetensors)",
    "load the weights into their model and export that: torch.onnx.export(model, input, 'model.onnx')",
  ],
  [(_, head) => /^\s*[<]/.test(head), "this is a web page or XML, not a model", "download the file itself, not the page that shows it"],
  [(_, head) => /^\s*[{[]/.test(head), "this is JSON, not a model", "take the .onnx file of the model"],
];

/** Whether the beginning of a file is text. */
function isText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 512);
  if (head.some((byte) => byte < 9 || (byte > 13 && byte < 32))) return false;
  // The last character may be cut in two.
  for (let cut = 0; cut < 4; cut++) {
    try {
      text.decode(head.subarray(0, head.length - cut));
      return true;
    } catch {}
  }
  return false;
}

/** What the bytes are, if they are something that is known and no model that is read; and what to do about it. */
export function otherFile(bytes: Uint8Array): { readonly what: string; readonly advice: string } | undefined {
  const head = ascii(bytes, 0, 64);
  const found = others.find(([is]) => is(bytes, head));
  if (found) return { what: found[1], advice: found[2] };
  return isText(bytes) ? { what: "this is text", advice: "name the model's .onnx file" } : undefined;
}
