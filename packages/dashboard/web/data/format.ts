/** Numbers and times as text. What is not known is a dash, never zero. */

export const unknown = "–";

const scales: Readonly<Record<string, readonly (readonly [limit: number, factor: number, unit: string])[]>> = {
  bytes: [
    [1024, 1, "B"],
    [1024 ** 2, 1 / 1024, "KiB"],
    [1024 ** 3, 1 / 1024 ** 2, "MiB"],
    [Number.POSITIVE_INFINITY, 1 / 1024 ** 3, "GiB"],
  ],
  count: [
    [1e4, 1, ""],
    [1e6, 1e-3, "k"],
    [1e9, 1e-6, "M"],
    [Number.POSITIVE_INFINITY, 1e-9, "G"],
  ],
};

/** A unit's scale for numbers as large as this one: by what they are multiplied, and what stands behind them. */
export function scaleFor(unit: string, largest: number): { readonly factor: number; readonly unit: string } {
  const found = scales[unit === "" ? "count" : unit]?.find(([limit]) => Math.abs(largest) < limit);
  return found ? { factor: found[1], unit: found[2] } : { factor: 1, unit: unit === "percent" ? "%" : unit };
}

/** `12.35 ms`, `64.0 KiB`; with `digits` significant digits at most. */
export function formatValue(value: number | null | undefined, unit: string, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  if (unit === "percent") return `${value.toFixed(Math.max(0, digits - 2))}\u202f%`;
  const scale = scaleFor(unit, value);
  const text = formatNumber(value * scale.factor, digits);
  return scale.unit === "" ? text : `${text}${/^[kMG]$/.test(scale.unit) ? "" : "\u202f"}${scale.unit}`;
}

/** At most so many significant digits, thousands apart. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return unknown;
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(2);
  // Of a number below 1 the zeros behind the point are no digits.
  const whole = Math.floor(Math.log10(size)) + 1;
  const places = Number.isInteger(value) ? 0 : Math.max(0, Math.min(10, digits - whole));
  return value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: places });
}

/** `1,234` */
export const formatCount = (count: number): string => count.toLocaleString("en");

/** `45 s`, `3 min`, `2 h 5 min`, `4 d 3 h`. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return unknown;
  if (seconds < 0.95) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `27 Nov 2026, 11:45`, in the reader's time zone. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.valueOf()) ? unknown : time.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** A text that may be of any length, cut for the page. */
export function shortened(text: string, most = 400): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${formatCount(text.length)} characters)`;
}
