// Preloaded, this puts a program's clock off by CHAOS_CLOCK_MS: the time of day that it reads, not how fast it runs.
const offsetMs = Number(process.env.CHAOS_CLOCK_MS);
const Right = Date;
const now = () => Right.now() + offsetMs;

class Off extends Right {
  constructor(...parts) {
    if (parts.length === 0) super(now());
    else super(...parts);
  }
  static now() {
    return now();
  }
}
globalThis.Date = Off;
const { timeOrigin } = performance;
Object.defineProperty(performance, "timeOrigin", { value: timeOrigin + offsetMs });
