/**
 * JSON that loses nothing: a number that JSON cannot hold would silently become null, and a resumed run
 * would read another trial than was stored.
 *
 * @throws Error naming the field.
 */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  // Every lost number leaves a null, so the slow search is needed only where there is one.
  if (text.includes("null")) {
    JSON.stringify(value, (key, field: unknown) => {
      if (typeof field === "number" && !Number.isFinite(field)) throw new Error(`store: ${key} is ${field}, which JSON cannot hold`);
      return field;
    });
  }
  return text;
}
