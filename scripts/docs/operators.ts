/** The reference of the operators of the intermediate representation: attributes from their schemas, words from the comments of the union. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { operatorSchemas } from "../../packages/core/src/ir/notation/operatorSchema.ts";
import { code, codes, page, table } from "./markdown.ts";

/** The comment before each member of the union, by kind. */
function comments(source: string): ReadonlyMap<string, string> {
  const union = source.slice(source.indexOf("export type Operator ="));
  const found = new Map<string, string>();
  let comment = "";
  for (const [, text, kind] of union.matchAll(/^ {2}\/\*\*([\s\S]*?)\*\/$|^ {2}\|[^"]*\bkind: "(\w+)"/gm)) {
    if (text !== undefined) comment = text.replace(/^\s*\* ?/gm, "").trim();
    // A member that is written over several lines begins with its kind on the next one.
    if (kind !== undefined) {
      found.set(kind, comment);
      comment = "";
    }
  }
  return found;
}

export function operators(root: string): string {
  const words = comments(readFileSync(join(root, "packages/core/src/ir/operators.ts"), "utf8"));
  const rows = Object.entries(operatorSchemas).map(([kind, schema]) => [
    code(kind),
    codes(Object.keys(schema.shape).filter((attribute) => attribute !== "kind")) || "–",
    words.get(kind)?.replaceAll("`", "`") || "–",
  ]);
  return page(
    "Operators",
    "What a network is made of inside Archwright. Each has a rule for shapes, parameters, costs, gradients, ONNX and PyTorch, in tables that the compiler holds complete. Images are channels-first, [N, C, H, W]. Which operators of ONNX and TensorFlow Lite are read: [models from files](../models.md#operators).",
    table(["operator", "attributes", ""], rows),
  );
}
