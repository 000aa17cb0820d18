/**
 * Messages between controller and workers: jobs on their way out, reports on their way back, as text. Data only; everything
 * that arrives is checked against a schema, because whoever can write to the Redis can write anything.
 */
import type { Json } from "@archwright/core/base";
import { type Job, jobSchema, maxFailureMessage, type Outcome, outcomeSchema } from "@archwright/core/experiment";
import { z } from "zod";
import { jobKey, maxBatchSize } from "./attempt.ts";
import { protocolVersion } from "./keys.ts";

/** A message that arrived and cannot be used. */
export class PayloadError extends Error {
  override readonly name = "PayloadError";
  readonly code: "version" | "payload";

  constructor(code: "version" | "payload", message: string) {
    super(message);
    this.code = code;
  }
}

/** Little-endian float32 in base64. */
const weights = z
  .string()
  .max(512 * 1024 ** 2)
  .transform((base64, context) => {
    const bytes = Buffer.from(base64, "base64");
    if (bytes.length % 4 !== 0 || bytes.toString("base64") !== base64) {
      context.addIssue({ code: "custom", message: "these are no float32 in base64" });
      return z.NEVER;
    }
    // Copied, because a float32 array must begin at a multiple of four bytes.
    return new Float32Array(new Uint8Array(bytes).buffer);
  });

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const payloadSchema = z.strictObject({
  version: z.literal(protocolVersion),
  experiment: hash,
  jobs: z.array(jobSchema(weights)).min(1).max(maxBatchSize),
  alone: z.literal(true).exactOptional(),
});

/** Why a worker would not do a job. */
const refusalCodes = [
  /** The job is of a protocol that the worker does not know. */
  "version",
  /** The job or its experiment is not what it should be. */
  "payload",
  /** The worker program cannot do jobs of this experiment. */
  "broken",
  /** The experiment's data cannot be had. */
  "data",
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

const reportSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("outcome"), outcome: outcomeSchema(weights) }),
  /** The worker ends before it has done the job. */
  z.strictObject({ kind: z.literal("returned") }),
  /** `input`: the user can mend it. */
  z.strictObject({
    kind: z.literal("refused"),
    code: z.enum(refusalCodes),
    message: z.string().max(maxFailureMessage),
    input: z.boolean(),
  }),
]);

/** What a worker says of an attempt. */
export type Report = Readonly<z.infer<typeof reportSchema>>;

/** Jobs as they stand in the queue: what BullMQ keeps as its data. */
export interface Payload {
  readonly version: number;
  readonly experiment: string;
  readonly jobs: readonly Json[];
  readonly alone?: true;
}

/** What a worker is given. */
export interface Assignment {
  /** Hash. */
  readonly experiment: string;
  readonly jobs: readonly Job[];
  /** Isolated: nothing else is to run in the worker meanwhile, because the job may kill it. */
  readonly alone: boolean;
}

/** @throws PayloadError where the jobs could not be read again. */
export function encodeAssignment({ experiment, jobs, alone }: Assignment): Payload {
  const written = jobs.map((job) => plain(job) as Json);
  const payload: Payload = { version: protocolVersion, experiment, jobs: written, ...(alone ? { alone } : {}) };
  checkNumbers(payload);
  return payload;
}

/**
 * @param keys which jobs they should be, in this order.
 * @throws PayloadError of code `version` for another protocol's jobs, of code `payload` for anything else that is wrong with them.
 */
export function decodeAssignment(data: unknown, keys: readonly string[]): Assignment {
  const version = typeof data === "object" && data !== null && "version" in data ? data.version : undefined;
  if (version !== protocolVersion) {
    const found = typeof version === "number" ? `version ${version}` : "no version";
    throw new PayloadError(
      "version",
      `the job is of ${found} of the fleet's protocol; this worker understands version ${protocolVersion} only`,
    );
  }
  const { experiment, jobs, alone = false } = check(payloadSchema, data, "job");
  const found = jobs.map(jobKey).join(",");
  if (found !== keys.join(",")) throw new PayloadError("payload", `the job says it is ${found}, and was sent as ${keys.join(",")}`);
  return { experiment, jobs, alone };
}

/** @throws PayloadError where the report could not be read again, for example with a number that is none. */
export function encodeReport(report: Report): string {
  const short = (message: string) => (message.length > maxFailureMessage ? `${message.slice(0, maxFailureMessage - 1)}…` : message);
  const shortened: Report =
    report.kind === "refused"
      ? { ...report, message: short(report.message) }
      : report.kind === "outcome" && report.outcome.kind === "failed"
        ? {
            ...report,
            outcome: { ...report.outcome, failure: { ...report.outcome.failure, message: short(report.outcome.failure.message) } },
          }
        : report;
  checkNumbers(shortened);
  return JSON.stringify(shortened.kind === "outcome" ? { ...shortened, outcome: plain(shortened.outcome) } : shortened);
}

/** @throws PayloadError */
export function decodeReport(encoded: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(encoded);
  } catch {
    throw new PayloadError("payload", "the report is no JSON");
  }
  return check(reportSchema, value, "report");
}

function plain<T extends Job | Outcome>(value: T): object {
  if (!("weights" in value) || value.weights === undefined) return value;
  const { buffer, byteOffset, byteLength } = value.weights;
  return { ...value, weights: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PayloadError("payload", `the ${what} is not as it should be: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** JSON would turn a number that is none into null, and the reader would complain of the sender. */
function checkNumbers(value: unknown, path = ""): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw new PayloadError("payload", `${path} is ${value}`);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  for (const [key, field] of Object.entries(value)) checkNumbers(field, path === "" ? key : `${path}.${key}`);
}
