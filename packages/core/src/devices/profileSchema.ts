/** The YAML of a device profile, as a schema. */
import { z } from "zod";
import {
  checkName,
  formatLimit,
  InputError,
  inputJsonSchema,
  type JsonSchema,
  nameForEditors,
  nearestSpelling,
  parseQuantity,
  parseYaml,
  quantityText,
  withParser,
} from "../base/index.ts";
import { bitsPerElement, layouts, type NumberFormat, numberFormats, sharedKinds } from "../ir/index.ts";
import { budgetsSchema, positiveQuantity } from "./budgets.ts";
import {
  type Im2col,
  inPlaceKinds,
  type PersistentBytes,
  type PlannerPreset,
  type ProfilePlanner,
  paddingKinds,
  plannerPresetNames,
  plannerPresets,
  storageForms,
} from "./planner.ts";
import {
  type DeviceProfile,
  hardwareKinds,
  type MemoryLevel,
  memoryContents,
  operatorClasses,
  type Source,
  sourceTopics,
} from "./profile.ts";
import { missingForEnergy } from "./profileGaps.ts";

/** Names that devices cannot have, and why. */
const reservedNames: Readonly<Record<string, string>> = { local: "it stands for this machine, which is measured" };

/** A quantity that may be 0, and is unknown where it is not stated. */
const statedQuantity = (dimension: "energy" | "power" | "memory" | "time") =>
  withParser(quantityText(dimension, "zero"), (text) => (text === 0 ? 0 : parseQuantity(text, dimension)))
    .pipe(z.number().min(0))
    .nullable()
    .default(null);

/** A device's name, if it can be one. @throws InputError with the nearest name that can. */
export function checkDeviceName(text: string): string {
  if (Object.hasOwn(reservedNames, text)) {
    throw new InputError(`no device can be called '${text}': ${reservedNames[text]}`, { expected: "another name" });
  }
  return checkName(text, "small");
}

const name = withParser(z.string().meta(nameForEditors("small")), checkDeviceName);

const formatSchema = z
  .strictObject({
    rate: positiveQuantity("rate").describe("Peak arithmetic, such as 432MMAC/s or 2GOP/s; a MAC is two operations."),
    energy_per_operation: statedQuantity("energy").describe("Energy of one operation, such as 5pJ; unknown where it is left out."),
  })
  .transform(({ rate, energy_per_operation }) => ({ operationsPerSecond: rate, energyPerOperationMj: energy_per_operation }));

const levelSchema = z
  .strictObject({
    name: name.describe("What the level is called."),
    holds: z.array(z.enum(memoryContents)).min(1).describe("What passes through it."),
    capacity: positiveQuantity("memory").describe("Its size, such as 320KiB."),
    bandwidth: positiveQuantity("bandwidth").describe("How fast it is read and written, such as 1.5GB/s."),
    energy_per_byte: statedQuantity("energy").describe("Energy of moving one byte, such as 10pJ; unknown where it is left out."),
  })
  .transform(
    ({ name, holds, capacity, bandwidth, energy_per_byte }): MemoryLevel => ({
      name,
      holds,
      capacityBytes: capacity,
      bandwidthBytesPerSecond: bandwidth,
      energyPerByteMj: energy_per_byte,
    }),
  );

const share = z
  .number()
  .positive()
  .max(1)
  .nullable()
  .default(null)
  .describe("Share of the peak rate that is reached, above 0 and at most 1; unknown where it is left out.");
const source = z.strictObject({
  basis: z.enum(["datasheet", "paper", "measurement", "estimate"]).describe("What kind of source it is."),
  text: z.string().min(1).describe("Where to find it."),
});
const sourceList = z.union([source.transform((one): readonly Source[] => [one]), z.array(source).min(1)]);

const im2colSchema = z
  .strictObject({
    columns: z.int().min(1).describe("Columns that are gathered at once."),
    format: z
      .enum(numberFormats as [NumberFormat, ...NumberFormat[]])
      .default("int8")
      .describe("The number format in which they are kept."),
  })
  .transform(({ columns, format }): Im2col => ({ columns, integerBytes: bitsPerElement[format] / 8 }));

/** Bytes a runtime keeps; 0 where it keeps none. */
const kept = (of: string) =>
  statedQuantity("memory")
    .transform((bytes) => bytes ?? 0)
    .describe(`Bytes kept ${of}, such as 64B; 0 by default.`);
const persistentSchema = z
  .strictObject({ base: kept("for every network"), per_layer: kept("for each layer"), per_channel: kept("for each channel") })
  .transform(({ base, per_layer, per_channel }): PersistentBytes => ({ base, perLayer: per_layer, perChannel: per_channel }));

/** What is stated stays stated: a preset fills in the rest, and profiles that state no more than before stay as they were. */
const plannerSchema = z
  .strictObject({
    preset: z
      .enum(plannerPresetNames as [PlannerPreset, ...PlannerPreset[]])
      .optional()
      .describe("Rules of a known runtime, which fill in what is not written."),
    alignment: positiveQuantity("memory").pipe(z.int()).optional().describe("Tensors begin at multiples of this, such as 16B."),
    in_place: z
      .union([z.boolean(), z.enum(inPlaceKinds)])
      .optional()
      .describe("Which operators may write over their input."),
    shares: z.array(z.enum(sharedKinds)).optional().describe("Which operators share the memory of their tensors."),
    layout: z.enum(layouts).optional().describe("How tensors lie in the arena."),
    order: z
      .enum(["kept", "free"])
      .optional()
      .describe("Whether operators run in the order of the file, or in the one that needs least memory."),
    padding: z.enum(paddingKinds).optional().describe("How padded inputs are had."),
    inputs_in_arena: z.boolean().optional().describe("Whether the network's inputs lie in the arena."),
    im2col: im2colSchema.optional().describe("The buffer in which convolutions gather their input."),
    persistent: persistentSchema.optional().describe("What the runtime keeps beside tensors."),
    storage: z.enum(storageForms).optional().describe("What lies in flash: the parameters alone, or a whole model in a form."),
  })
  .transform(({ preset, alignment, in_place, inputs_in_arena, im2col, ...same }): ProfilePlanner => {
    const rules = plannerPresets[preset ?? "default"];
    const stated = { preset, inputsInArena: inputs_in_arena, ...same };
    return {
      alignmentBytes: alignment ?? rules.alignmentBytes,
      inPlace: in_place ?? (preset === undefined ? true : rules.inPlace),
      im2col: im2col ?? null,
      ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
    };
  });

function byKey<K extends string, S extends z.ZodType>(keys: readonly K[], schema: S): Record<K, S> {
  return Object.fromEntries(keys.map((key) => [key, schema])) as Record<K, S>;
}

const fileSchema = z.strictObject({
  name: name.describe("As experiments name the device."),
  description: z.string().min(1).describe("What it is, in a line."),
  kind: z.enum(hardwareKinds).describe("What kind of hardware it is."),
  format: z.enum(numberFormats as [NumberFormat, ...NumberFormat[]]).describe("The number format that is used where none is asked for."),
  formats: z
    .strictObject(
      byKey(numberFormats, formatSchema.optional().describe("How fast, and at what energy, numbers of this format are computed with.")),
    )
    .describe("The number formats that the device computes in."),
  memory: z.array(levelSchema).min(1).describe("Levels of memory, from the nearest and fastest to the farthest."),
  overhead_per_kernel: statedQuantity("time").describe("Time that each kernel takes beside its work, such as 10us."),
  efficiency: z
    .strictObject(byKey(operatorClasses, share))
    .prefault({})
    .describe("By class of operator: the share of the peak rate that is reached."),
  static_power: statedQuantity("power").describe("Power drawn all the while, such as 100mW."),
  runtime: z
    .strictObject({
      memory: statedQuantity("memory").describe("Working memory that the runtime takes by itself."),
      flash: statedQuantity("memory").describe("Flash that the runtime takes by itself."),
    })
    .prefault({})
    .describe("What the runtime takes by itself."),
  planner: plannerSchema.optional().describe("How the runtime plans memory."),
  planning: plannerSchema.optional().describe("The earlier name of planner."),
  budgets: budgetsSchema.prefault({}).describe("Limits that experiments have without writing them."),
  sources: z
    .strictObject(byKey(sourceTopics, sourceList.optional().describe("Where these numbers come from: one source, or a list.")))
    .describe("Where the numbers come from, by topic."),
});

type Complain = (path: (string | number)[], message: string, expected?: string, suggestion?: string) => void;

/** What is wrong with a profile as a whole, and where. */
function complain(profile: z.output<typeof fileSchema>, context: z.core.$RefinementCtx<unknown>): void {
  const issue: Complain = (path, message, expected, suggestion) =>
    context.addIssue({ code: "custom", path, message, params: { expected, suggestion } });

  const formats = numberFormats.filter((format) => profile.formats[format] !== undefined);
  if (!formats.includes(profile.format)) {
    issue(
      ["format"],
      `'${profile.format}' has no rate`,
      `one of ${formats.join(", ") || "the keys of 'formats'"}`,
      nearestSpelling(profile.format, formats),
    );
  }
  const names = profile.memory.map((level) => level.name);
  names.forEach((level, i) => {
    if (names.indexOf(level) !== i) issue(["memory", i, "name"], `two memory levels are called '${level}'`, "different names");
  });
  for (const content of memoryContents) {
    const chain = profile.memory.flatMap((level, index) => (level.holds.includes(content) ? [{ level, index }] : []));
    if (chain.length === 0) issue(["memory"], `no level holds ${content}`, `at least one level with 'holds: [${content}]'`);
    chain.slice(1).forEach(({ level, index }, i) => {
      const nearer = chain[i]?.level as MemoryLevel;
      if (level.bandwidthBytesPerSecond > nearer.bandwidthBytesPerSecond) {
        issue(
          ["memory", index, "bandwidth"],
          `'${level.name}' is faster than '${nearer.name}' before it`,
          "levels from the fastest to the slowest",
        );
      }
      if (level.capacityBytes < nearer.capacityBytes) {
        issue(
          ["memory", index, "capacity"],
          `'${level.name}' is smaller than '${nearer.name}' before it`,
          "levels from the smallest to the largest",
        );
      }
    });
  }

  complainOfBudgets(profile, issue);

  const stated = (...values: readonly (number | null | undefined)[]) => values.some((value) => value !== null && value !== undefined);
  const energies = [
    ...formats.map((format) => profile.formats[format]?.energyPerOperationMj),
    ...profile.memory.map((level) => level.energyPerByteMj),
  ];
  const needed: readonly [(typeof sourceTopics)[number], boolean][] = [
    ["formats", true],
    ["memory", true],
    ["overhead", stated(profile.overhead_per_kernel)],
    ["efficiency", stated(...Object.values(profile.efficiency))],
    ["energy", stated(profile.static_power, ...energies)],
    ["runtime", stated(profile.runtime.memory, profile.runtime.flash)],
    ["planner", statesNumbers(profile.planner ?? profile.planning)],
  ];
  if (profile.planner !== undefined && profile.planning !== undefined) {
    issue(["planning"], "'planning' is the earlier name of 'planner'", "one of the two", "planner");
  }
  const sources = { ...profile.sources, planner: profile.sources.planner ?? profile.sources.planning };
  for (const [topic, used] of needed) {
    if (used && sources[topic] === undefined) {
      issue(
        ["sources"],
        `nothing says where the numbers of '${topic}' come from`,
        `'${topic}: { basis: datasheet | paper | measurement | estimate, text: … }'`,
      );
    }
  }
}

/** A preset brings its sources along. */
function statesNumbers(planner: ProfilePlanner | undefined): boolean {
  return planner !== undefined && (planner.im2col !== null || planner.persistent !== undefined);
}

/** A budget beyond the memory that a content lives in would call networks feasible that the device cannot hold. */
function complainOfBudgets({ memory, budgets }: z.output<typeof fileSchema>, issue: Complain): void {
  const homes = [
    ["peak_memory", "activations", budgets.peakMemoryBytes],
    ["flash", "weights", budgets.flashBytes],
  ] as const;
  for (const [key, content, budget] of homes) {
    const home = memory.findLast((level) => level.holds.includes(content));
    if (budget === undefined || home === undefined || budget <= home.capacityBytes) continue;
    const most = formatLimit(home.capacityBytes, "memory", "down");
    issue(["budgets", key], `'${home.name}', where ${content} live, has less`, `at most ${most}`, `${key}: ${most}`);
  }
}

const profileSchema = fileSchema
  .superRefine(complain)
  .transform(resolved)
  .superRefine((profile, context) => {
    const missing = missingForEnergy(profile, profile.format);
    if (profile.budgets.energyMj === undefined || missing.length === 0) return;
    const message = "the energy of networks on this device is not known, so it cannot have a budget";
    context.addIssue({
      code: "custom",
      path: ["budgets", "energy"],
      message,
      params: { expected: `${missing.join(", ")} (0 where it is none)` },
    });
  });

function resolved(file: z.output<typeof fileSchema>): DeviceProfile {
  return {
    name: file.name,
    description: file.description.trim(),
    kind: file.kind,
    format: file.format,
    formats: numberFormats.flatMap((format) => (file.formats[format] ? [{ format, ...file.formats[format] }] : [])),
    memory: file.memory,
    overheadPerKernelMs: file.overhead_per_kernel,
    efficiency: file.efficiency,
    staticPowerMw: file.static_power,
    runtime: { memoryBytes: file.runtime.memory, flashBytes: file.runtime.flash },
    planning: file.planner ?? file.planning ?? { alignmentBytes: 16, inPlace: true, im2col: null },
    budgets: file.budgets,
    sources: Object.fromEntries(Object.entries(file.sources).filter(([, sources]) => sources !== undefined)),
  };
}

/** The JSON Schema, draft 7, of a device profile as it is written. It takes whatever the program takes. */
export function deviceProfileJsonSchema(): JsonSchema {
  const description = "What a device computes with, and how its memory is built, from which costs of networks are computed.";
  return inputJsonSchema(profileSchema, { title: "Archwright device profile", description });
}

/**
 * Reads a device profile from YAML. Quantities are written as people write them (`432MMAC/s`, `320KiB`, `1.5GB/s`);
 * memory levels go from the nearest to the farthest; every group of numbers names its source.
 * @param file the name that messages give to the text.
 * @throws InputError with file, line, column, what was expected and the nearest valid spelling.
 */
export function parseDeviceProfile(text: string, file: string): DeviceProfile {
  return parseYaml(text, file, profileSchema);
}
