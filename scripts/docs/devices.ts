/** The reference of the devices and spaces that are shipped, from `configs`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DeviceProfile, parseDeviceProfile, type Source } from "@archwright/core/devices";
import { createSpace, parseSpaceYaml, type SpaceSpecInput, spaceDescriptions } from "@archwright/core/spaces";
import { code, page, table } from "./markdown.ts";

const yamlFiles = (root: string, folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => ({
      name: name.replace(/\.yaml$/, ""),
      file: `${folder}/${name}`,
      text: readFileSync(join(root, folder, name), "utf8"),
    }));

function bytes(count: number): string {
  const steps: readonly (readonly [number, string])[] = [
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
  ];
  const [size, unit] = steps.find(([step]) => count >= step) ?? [1, "B"];
  return `${Number((count / size).toPrecision(4))} ${unit}`;
}

const known = (value: number | null, unit: string) => (value === null ? "–" : `${Number(value.toPrecision(3))} ${unit}`);
const percent = (share: number | null) => (share === null ? "–" : `${Number((100 * share).toPrecision(3))} %`);

/** Which of a profile's groups of numbers come from where. */
function bases(profile: DeviceProfile): string {
  const byBasis = new Map<Source["basis"], string[]>();
  for (const [topic, sources = []] of Object.entries(profile.sources)) {
    for (const { basis } of sources) {
      const topics = byBasis.get(basis) ?? [];
      if (!topics.includes(topic)) topics.push(topic);
      byBasis.set(basis, topics);
    }
  }
  return [...byBasis].map(([basis, topics]) => `${basis}: ${topics.join(", ")}`).join("; ");
}

function deviceOf(profile: DeviceProfile, file: string): string {
  const { memory, formats, efficiency, runtime } = profile;
  const facts: [string, string][] = [
    [
      "formats",
      formats.map(({ format, operationsPerSecond }) => `${code(format)} ${known(operationsPerSecond / 2e9, "GMAC/s")}`).join(", "),
    ],
    [
      "memory, nearest first",
      memory
        .map(
          (level) =>
            `${code(level.name)} ${bytes(level.capacityBytes)} for ${level.holds.join(" and ")}, ${known(level.bandwidthBytesPerSecond / 1e6, "MB/s")}`,
        )
        .join("; "),
    ],
    [
      "efficiency",
      Object.entries(efficiency)
        .map(([kind, share]) => `${kind} ${percent(share)}`)
        .join(", "),
    ],
    ["overhead of a kernel", known(profile.overheadPerKernelMs === null ? null : profile.overheadPerKernelMs * 1000, "µs")],
    ["static power", known(profile.staticPowerMw, "mW")],
    [
      "the runtime itself",
      `memory ${runtime.memoryBytes === null ? "–" : bytes(runtime.memoryBytes)}, flash ${runtime.flashBytes === null ? "–" : bytes(runtime.flashBytes)}`,
    ],
    ["sources", bases(profile)],
  ];
  return [
    `## ${profile.name}`,
    `${profile.description}. ${profile.kind}, ${code(profile.format)} by default ([profile](../../${file})).`,
    table(["", ""], facts),
  ].join("\n\n");
}

export function shippedDevices(root: string): string {
  const profiles = yamlFiles(root, "configs/devices").map(({ file, text }) => deviceOf(parseDeviceProfile(text, file), file));
  return page(
    "Shipped devices",
    "What the profiles state. A dash is what a profile does not state: it is unknown, not 0. Rates are the peak of multiply-accumulates; a kernel reaches the share of it that stands under efficiency. Which numbers are from a datasheet, a paper or a measurement, and which are estimates, stands in the last row; the profile has the words. [What the keys mean](../../configs/devices/README.md), [what is computed from them](../cost-model.md).",
    ...profiles,
  );
}

/** An exact count, and the power of ten of a large one. */
function count(size: bigint): string {
  if (size < 1_000_000n) return size.toLocaleString("en-US");
  const [mantissa, power] = Number(size).toExponential(2).split("e+");
  return `${mantissa} · 10^${power}`;
}

const images = [
  { channels: 1, side: 8 },
  { channels: 1, side: 28 },
  { channels: 3, side: 32 },
  { channels: 3, side: 96 },
];

/** How many architectures a space has; by the images where it depends on them. */
function sizes(spec: SpaceSpecInput): string {
  const bySize = images.map(({ channels, side }) => ({
    images: `${channels}×${side}×${side}`,
    count: count(createSpace(spec, { kind: "image-classification", channels, height: side, width: side, classes: 10 }).size),
  }));
  const [first] = bySize;
  if (first && bySize.every((other) => other.count === first.count)) return first.count;
  return bySize.map((one) => `${one.count} for images of ${one.images}`).join(", ");
}

export function shippedSpaces(root: string): string {
  const builtIn: SpaceSpecInput[] = [{ name: "nasbench201" }, { name: "fbnet" }, { name: "mobile" }];
  const rows = [
    ...builtIn.map((spec) => [code(spec.name), spaceDescriptions[spec.name], sizes(spec)]),
    ...yamlFiles(root, "configs/spaces").map(({ name, file, text }) => [
      `[${code(name)}](../../${file})`,
      /^# (.+?\.)(?: |$)/m.exec(text)?.[1] ?? "",
      sizes(parseSpaceYaml(text, file)),
    ]),
  ];
  return page(
    "Shipped spaces",
    "Architectures are told apart by their text: two of them may stand for the same network. What `custom` and `backbone` hold is written in the YAML. [How spaces are written](../../configs/spaces/README.md).",
    table(["space", "what it holds", "architectures"], rows),
  );
}
