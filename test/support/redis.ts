/** A Redis of the test's own, as the engine's tests use it, and a certificate for one with TLS. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export { freePort, redisIsInstalled, startRedis, type TestRedis } from "../../packages/engine/src/fleet/testing/redis.fixture.ts";

/** Makes a certificate for `localhost`, which is its own authority. @returns undefined where there is no openssl. */
export function makeCertificate(folder: string): { readonly certificate: string; readonly key: string } | undefined {
  const certificate = join(folder, "certificate.pem");
  const key = join(folder, "key.pem");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const made = spawnSync("openssl", ["req", "-x509", ...curve, "-nodes", "-days", "2", "-keyout", key, "-out", certificate, ...subject]);
  return made.status === 0 ? { certificate, key } : undefined;
}
