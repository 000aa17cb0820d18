/** Machines made of network namespaces (Linux, root): each with an address of its own on one bridge, and a cable that can be cut. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

export interface Machine {
  /** What runs a command there. */
  readonly run: readonly string[];
  /** `unplugged`: the link is down. `silent`: the link stays up, and every packet vanishes. */
  cut(how: "unplugged" | "silent"): void;
  mend(): void;
}

export interface Network {
  /** Of this machine, as seen from the others. */
  readonly address: string;
  readonly machines: readonly Machine[];
  dispose(): void;
}

const ip = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"].find((file) => existsSync(file));
/** Of everything that this makes; the process's id follows. */
const mark = "awc";

function run(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(ip as string, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}

function list(...args: readonly string[]): string[] {
  return (spawnSync(ip as string, args, { encoding: "utf8" }).stdout ?? "").split("\n");
}

/** Deletes what processes left that are gone, as after SIGKILL. */
function sweep(): void {
  const isOurs = (name: string) => {
    const pid = new RegExp(`^${mark}(\\d+)`).exec(name)?.[1];
    return pid !== undefined && (Number(pid) === process.pid || !existsSync(`/proc/${pid}`));
  };
  for (const line of list("netns", "list")) {
    const [name = ""] = line.split(" ");
    if (isOurs(name)) spawnSync(ip as string, ["netns", "delete", name]);
  }
  for (const line of list("-o", "link", "show", "type", "bridge")) {
    const name = /^\d+: ([^:@]+)/.exec(line)?.[1] ?? "";
    if (isOurs(name)) spawnSync(ip as string, ["link", "delete", name]);
  }
}

/** Lays a network of so many machines. @returns why that cannot be done here, where it cannot. */
export function openNetwork(count: number): Network | string {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (ip === undefined) return "there is no `ip` on this machine (Debian: apt-get install iproute2)";
  if (process.getuid?.() !== 0) return "only root may make network namespaces";
  const bridge = `${mark}${process.pid}`;
  const net = `10.213.${process.pid % 256}`;
  process.once("exit", sweep);
  try {
    sweep();
    run("link", "add", bridge, "type", "bridge");
    run("address", "add", `${net}.1/24`, "dev", bridge);
    run("link", "set", bridge, "up");
    const machines = Array.from({ length: count }, (_, i): Machine => {
      const name = `${bridge}-${i}`;
      run("netns", "add", name);
      run("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
      run("link", "set", name, "master", bridge, "up");
      run("-n", name, "address", "add", `${net}.${i + 2}/24`, "dev", "eth0");
      run("-n", name, "link", "set", "eth0", "up");
      run("-n", name, "link", "set", "lo", "up");
      return {
        run: [ip, "netns", "exec", name],
        cut: (how) => run("link", "set", name, ...(how === "unplugged" ? ["down"] : ["nomaster"])),
        mend: () => run("link", "set", name, "master", bridge, "up"),
      };
    });
    return {
      address: `${net}.1`,
      machines,
      dispose() {
        process.off("exit", sweep);
        sweep();
      },
    };
  } catch (error) {
    process.off("exit", sweep);
    sweep();
    return `network namespaces are not allowed here: ${(error as Error).message}`;
  }
}
