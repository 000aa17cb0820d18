/** Nested values as dotted keys, for messages that name what differs. */

/** Dotted keys of the leaves. Lists of plain values are leaves. */
export function flatten(value: unknown, key = ""): Record<string, string> {
  if (typeof value === "string") return { [key]: value };
  if (typeof value !== "object" || value === null) return value === undefined ? {} : { [key]: JSON.stringify(value) };
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return { [key]: `[${value.join(", ")}]` };
  return Object.assign({}, ...Object.entries(value).map(([name, item]) => flatten(item, key === "" ? name : `${key}.${name}`)));
}
