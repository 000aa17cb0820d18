/**
 * A training program for tests that behaves as its first argument says; see `behaviours`. Its scores follow from the seed and from the
 * network with random weights that it was given.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

const [behaviour = "", argument = ""] = process.argv.slice(2);
const text = readFileSync(0, "utf8");
const request = behaviour === "deaf" ? undefined : JSON.parse(text);
const say = (line) => process.stdout.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Between 10 and 90, the same for the same seed. */
const score = () => 10 + ((request.seed * 7919) % 8000) / 100;
const progress = (epochs = request.fidelity.epochs) => {
  for (let epoch = 1; epoch <= epochs; epoch++) say({ kind: "progress", epoch, score: (score() * epoch) / epochs, loss: 1 / epoch });
};

/** Every parameter filled with numbers from the seed, as NumPy would save them. */
function npz(change = (arrays) => arrays) {
  const arrays = change(
    request.parameters.map(({ name, shape }, i) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return { name, shape, values: Float32Array.from({ length: count }, (_, j) => Math.sin(request.seed + i + j)) };
    }),
  );
  const file = join(request.work_folder, "trained.npz");
  writeFileSync(file, zipped(arrays.map(({ name, shape, values }) => [`${name}.npy`, array(shape, values)])));
  return file;
}

function array(shape, values) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`.padEnd(117);
  return Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, "latin1"), Buffer.from(values.buffer)]);
}

/** Compressed, as by numpy.savez_compressed. */
function zipped(files) {
  const u16 = (...numbers) => Buffer.from(Uint16Array.from(numbers).buffer);
  const u32 = (...numbers) => Buffer.from(Uint32Array.from(numbers).buffer);
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [name, content] of files) {
    const packed = deflateRawSync(content);
    const common = Buffer.concat([u16(20, 0, 8, 0, 33), u32(crc32(content), packed.length, content.length), u16(name.length, 0)]);
    parts.push(u32(0x04034b50), common, Buffer.from(name), packed);
    directory.push(u32(0x02014b50), u16(20), common, u16(0, 0, 0), u32(0, offset), Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = [u32(0x06054b50), u16(0, 0, files.length, files.length), u32(listing.length, offset), u16(0)];
  return Buffer.concat([...parts, listing, ...end]);
}

const behaviours = {
  /** Does what it should. */
  good: () => {
    progress();
    say({ kind: "final", score: score(), test_score: score() - 1, metrics: { recall: score() / 2 }, weights: npz() });
  },
  onnx: () => say({ kind: "final", score: score(), weights: request.onnx }),
  plain: () => say({ kind: "final", score: score() }),
  unended: () => process.stdout.write(JSON.stringify({ kind: "final", score: 50 })),
  blank: () => {
    say("\n  \n");
    say({ kind: "final", score: 50 });
  },
  request: () => {
    writeFileSync(argument, text);
    say({ kind: "final", score: 50 });
  },
  status: () => {
    console.error("about to end");
    process.exitCode = Number(argument);
  },
  "status-after-final": () => {
    say({ kind: "final", score: 50 });
    process.exitCode = 3;
  },
  killed: () => {
    console.error("about to be killed");
    process.kill(process.pid, "SIGKILL");
  },
  segfault: () => process.kill(process.pid, "SIGSEGV"),
  line: () => {
    progress(1);
    say(argument);
  },
  binary: () => process.stdout.write(Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a])),
  nothing: () => {},
  "no-final": () => progress(2),
  after: () => {
    say({ kind: "final", score: 50 });
    say({ kind: "progress", epoch: 9, score: 1 });
  },
  "flood-lines": async () => {
    for (;;)
      if (!process.stdout.write(`${JSON.stringify({ kind: "progress", epoch: 1, score: 1, much: "x".repeat(1000) })}\n`)) await drained();
  },
  "flood-line": async () => {
    for (;;) if (!process.stdout.write("x".repeat(65_536))) await drained();
  },
  "flood-errors": async () => {
    for (let i = 0; i < 500; i++) if (!process.stderr.write(`noise ${i} ${"x".repeat(2000)}\n`)) await wait(0);
    console.error("the last \u001b[31mwords");
    process.exitCode = 1;
  },
  hang: async () => {
    console.error("hangs now");
    await wait(1e9);
  },
  "hang-after-final": async () => {
    say({ kind: "final", score: 50 });
    await wait(1e9);
  },
  memory: async () => {
    const kept = [];
    for (;;) {
      kept.push(Buffer.alloc(16 * 2 ** 20, 1));
      await wait(5);
    }
  },
  /** A child takes the memory, and another is left behind; their ids are written to the file that is named. */
  children: async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    writeFileSync(argument, String(child.pid));
    say({ kind: "final", score: 50 });
    child.unref();
  },
  "children-hang": async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    writeFileSync(argument, `${process.pid} ${child.pid}`);
    await wait(1e9);
  },
  "lacks-weights": () => say({ kind: "final", score: 50, weights: npz((arrays) => arrays.slice(1)) }),
  "other-shape": () =>
    say({
      kind: "final",
      score: 50,
      weights: npz(([first, ...rest]) => [{ ...first, shape: [first.values.length, 1, 1, 1, 1] }, ...rest]),
    }),
  "nan-weights": () =>
    say({ kind: "final", score: 50, weights: npz(([first, ...rest]) => [{ ...first, values: first.values.fill(Number.NaN) }, ...rest]) }),
  "bad-weights": () => {
    writeFileSync(join(request.work_folder, "w.npz"), "these are no weights");
    say({ kind: "final", score: 50, weights: "w.npz" });
  },
  "absent-weights": () => say({ kind: "final", score: 50, weights: "nowhere.npz" }),
  /** Counts to the epochs it was given, a checkpoint each, and dies on its way the first time. */
  checkpoints: () => {
    const from = request.checkpoint === null ? 0 : Number(readFileSync(request.checkpoint, "utf8"));
    for (let epoch = from + 1; epoch <= request.fidelity.epochs; epoch++) {
      writeFileSync(join(request.work_folder, "checkpoint"), String(epoch));
      say({ kind: "progress", epoch, score: epoch, checkpoint: "checkpoint" });
      if (from === 0 && epoch === 2 && existsSync(argument)) process.kill(process.pid, "SIGKILL");
    }
    say({ kind: "final", score: 10 + from });
  },
  /** Takes a while, and notes its process in a file. */
  slow: async () => {
    appendFileSync(argument, `${process.pid}\n`);
    for (let epoch = 1; epoch <= request.fidelity.epochs; epoch++) {
      await wait(100);
      say({ kind: "progress", epoch, score: score() });
    }
    say({ kind: "final", score: score(), test_score: score(), metrics: { recall: 100 - score() }, weights: request.onnx });
  },
  /** Notes in a file when it had which GPU. */
  gpu: async () => {
    const begun = Date.now();
    await wait(150);
    appendFileSync(argument, `${JSON.stringify({ gpu: process.env.CUDA_VISIBLE_DEVICES, begun, ended: Date.now() })}\n`);
    say({ kind: "final", score: score() });
  },
  /** One of the others, by the seed. */
  mixed: () => behaviours[["plain", "killed", "binary", "nothing", "onnx"][request.seed % 5]](),
  /** Ignores what it is given. */
  deaf: () => say({ kind: "final", score: 50 }),
};

const drained = () => new Promise((resolve) => process.stdout.once("drain", resolve));

await behaviours[behaviour]();
