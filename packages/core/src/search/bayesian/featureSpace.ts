/** Candidates as vectors: which columns there are and how they are scaled, learned from a sample of the space. */
import { BoundedCache } from "../../base/index.ts";
import { dot, gram, leadingEigenpairs } from "../../base/linearAlgebra.ts";
import { at, intAt, item, Matrix } from "../../base/matrix.ts";
import type { CandidateFeatures, NamedNumbers, Variation } from "../searcher.ts";
import type { FeatureMatrices } from "./process/kernels.ts";

/** Blocks of features; each is what a kernel may look at. */
export const blockNames = ["summary", "structure", "encoding", "executed", "work"] as const;
export type BlockName = (typeof blockNames)[number];

/** What blocks are made of: a source of columns, its weight, and whether each column is brought to unit variance. */
const parts: Readonly<Record<BlockName, readonly { readonly of: Source; readonly weight: number; readonly standard: boolean }[]>> = {
  summary: [{ of: "summary", weight: 1, standard: true }],
  structure: [{ of: "structure", weight: 1, standard: false }],
  encoding: [{ of: "encoding", weight: 1, standard: false }],
  executed: [{ of: "executed", weight: 1, standard: true }],
  work: [
    { of: "encoding", weight: 1, standard: false },
    { of: "executed", weight: 0.5, standard: true },
  ],
};

const sources = ["summary", "structure", "encoding", "executed"] as const;
type Source = (typeof sources)[number];

/** Share of the candidates in which a feature of the structure must occur. */
const leastShare = 0.05;
/** Columns of a block beyond which it is brought to that many principal components: comparing candidates takes time by columns. */
const mostColumns = 40;
const axisSteps = 12;
/** Candidates whose features are kept. */
const candidatesKept = 40_000;

interface Column {
  readonly mean: number;
  /** 1 / standard deviation. */
  readonly factor: number;
}

/** A candidate's numbers, scaled and centred: all blocks one after another. */
type Row = Float64Array;

/** Which columns there are in a space, and candidates as rows of them. */
export class FeatureSpace<G> {
  readonly #space: Pick<Variation<G>, "encode" | "format">;
  readonly #describe: (g: G) => CandidateFeatures;
  readonly #names: Readonly<Record<Source, ReadonlyMap<string, number>>>;
  readonly #columns: readonly Column[];
  /** By block: positions in a row, factors and means of its columns. */
  readonly #blocks: Readonly<Record<BlockName, Projection>>;
  readonly #rows = new BoundedCache<Row>(candidatesKept);

  /** @param sample candidates that stand for the space; columns that never change among them are left out. */
  constructor(space: Pick<Variation<G>, "encode" | "format">, describe: ((g: G) => CandidateFeatures) | undefined, sample: readonly G[]) {
    this.#space = space;
    const encodingOnly = (): CandidateFeatures => ({ summary: none, structure: none, executed: none });
    this.#describe = describe ?? encodingOnly;
    const described = sample.map((g) => this.#numbers(g));
    const names = Object.fromEntries(sources.map((source) => [source, new Map<string, number>()])) as Record<Source, Map<string, number>>;
    const columns: Column[] = [];
    for (const source of sources) {
      const found = columnsOf(
        described.map((numbers) => knownOf(source, numbers[source])),
        source === "structure" ? leastShare : 0,
      );
      for (const { name, mean, factor } of source === "encoding" ? found : differing(found)) {
        names[source].set(name, columns.length);
        columns.push({ mean, factor });
      }
    }
    this.#names = names;
    this.#columns = columns;
    const plain = described.map((numbers) => this.#plain(numbers));
    this.#blocks = Object.fromEntries(blockNames.map((block) => [block, this.#projection(block, plain)])) as Record<BlockName, Projection>;
    sample.forEach((g, i) => {
      this.#rows.set(space.format(g), this.#project(item(plain, i)));
    });
  }

  /** Whether a block tells any candidates apart. */
  has(block: BlockName): boolean {
    return this.#blocks[block].positions.length > 0;
  }

  /** One matrix a block, in the order of {@link blockNames}, one row a candidate. Each block's mean squared distance is about 2. */
  matrices(candidates: readonly G[]): FeatureMatrices {
    const rows = candidates.map((g) => this.#rows.get(this.#space.format(g), () => this.#project(this.#plain(this.#numbers(g)))));
    let from = 0;
    return blockNames.map((block) => {
      const width = widthOf(this.#blocks[block]);
      const matrix = new Matrix(rows.length, width);
      rows.forEach((row, i) => {
        for (let j = 0; j < width; j++) matrix.values[i * width + j] = at(row, from + j);
      });
      from += width;
      return matrix;
    });
  }

  #numbers(g: G): Readonly<Record<Source, NamedNumbers>> {
    const encoding = new Map<string, number>();
    this.#space.encode(g).forEach((value, i) => {
      if (value !== 0) encoding.set(String(i), value);
    });
    return { ...this.#describe(g), encoding };
  }

  #plain(numbers: Readonly<Record<Source, NamedNumbers>>): Float64Array {
    const plain = new Float64Array(this.#columns.length);
    for (const source of sources) {
      const known = knownOf(source, numbers[source]);
      for (const [name, column] of this.#names[source]) plain[column] = numberOf(known, name) ?? item(this.#columns, column).mean;
    }
    return plain;
  }

  #project(plain: Float64Array): Row {
    const row = new Float64Array(blockNames.reduce((sum, block) => sum + widthOf(this.#blocks[block]), 0));
    let from = 0;
    for (const block of blockNames) {
      const projection = this.#blocks[block];
      const scaled = scale(plain, projection);
      const { axes } = projection;
      if (axes) for (let axis = 0; axis < axes.rows; axis++) row[from + axis] = dot(axes.row(axis), scaled);
      else row.set(scaled, from);
      from += widthOf(projection);
    }
    return row;
  }

  #projection(block: BlockName, sample: readonly Float64Array[]): Projection {
    const positions: number[] = [];
    const factors: number[] = [];
    for (const { of, weight, standard } of parts[block]) {
      for (const position of this.#names[of].values()) {
        positions.push(position);
        factors.push(weight * (standard ? item(this.#columns, position).factor : 1));
      }
    }
    // Twice the sum of the variances is the mean squared distance of two.
    let total = 0;
    positions.forEach((position, i) => {
      total += (item(factors, i) / item(this.#columns, position).factor) ** 2;
    });
    const unit = total > 0 ? 1 / Math.sqrt(total) : 0;
    const projection = {
      positions: Int32Array.from(positions),
      factors: Float64Array.from(factors, (factor) => factor * unit),
      means: Float64Array.from(positions, (position) => item(this.#columns, position).mean),
    };
    if (positions.length <= mostColumns) return projection;
    const covariance = gram(
      Matrix.fromRows(
        sample.map((plain) => scale(plain, projection)),
        positions.length,
      ),
    );
    return { ...projection, axes: leadingEigenpairs(covariance, mostColumns, axisSteps).vectors };
  }
}

const none: NamedNumbers = new Map();

/** Numbers of a candidate, and which of the missing ones are unknown and not 0. */
interface Known {
  readonly numbers: NamedNumbers;
  /** By first words of names; where it is absent, all are known. */
  readonly groups?: ReadonlySet<string>;
}

const groupOf = (name: string): string => name.split(" ", 1)[0] ?? name;

function knownOf(source: Source, numbers: NamedNumbers): Known {
  return source === "summary" ? { numbers, groups: new Set(Array.from(numbers.keys(), groupOf)) } : { numbers };
}

/** Undefined where it is unknown. */
function numberOf({ numbers, groups }: Known, name: string): number | undefined {
  return numbers.get(name) ?? (!groups || groups.has(groupOf(name)) ? 0 : undefined);
}

interface NamedColumn extends Column {
  readonly name: string;
  /** Of the sample, standardised. */
  readonly values: Float64Array;
}

/** The columns that change among candidates, by name. @param leastShare of the candidates that must have them. */
function columnsOf(sample: readonly Known[], leastShare: number): readonly NamedColumn[] {
  const counts = new Map<string, number>();
  for (const { numbers } of sample) for (const name of numbers.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts.keys()].sort().flatMap((name) => {
    if ((counts.get(name) ?? 0) < leastShare * sample.length) return [];
    const values = sample.map((known) => numberOf(known, name));
    const known = values.filter((value) => value !== undefined);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const off = Float64Array.from(values, (value) => (value ?? mean) - mean);
    const variance = dot(off, off) / sample.length;
    if (!(variance > 1e-9 * (1 + mean * mean))) return [];
    const factor = 1 / Math.sqrt(variance);
    return [{ name, mean, factor, values: off.map((value) => value * factor) }];
  });
}

/** From here on, columns say the same. */
const sameCorrelation = 0.999;

/** Of columns that say the same, the first. */
function differing(columns: readonly NamedColumn[]): readonly NamedColumn[] {
  const kept: NamedColumn[] = [];
  for (const column of columns) {
    const isSaid = kept.some(({ values }) => Math.abs(dot(values, column.values)) > sameCorrelation * values.length);
    if (!isSaid) kept.push(column);
  }
  return kept;
}

interface Projection {
  readonly positions: Int32Array;
  readonly factors: Float64Array;
  readonly means: Float64Array;
  /** Principal axes, one a row, where there are too many columns. */
  readonly axes?: Matrix;
}

/** The columns of a block, scaled and centred. */
function scale(plain: Float64Array, { positions, factors, means }: Projection): Float64Array {
  return factors.map((factor, j) => (at(plain, intAt(positions, j)) - at(means, j)) * factor);
}

/** A block that tells no candidates apart is one column of zeros. */
const widthOf = ({ positions, axes }: Projection): number => Math.max(1, axes?.rows ?? positions.length);
