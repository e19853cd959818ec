import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { ensureCertificates } from "./certificates.ts";
import { listen } from "./listener.ts";

const folder = mkdtempSync(join(tmpdir(), "devfactory-certificates-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whom the listener says that it is, and whether the authority vouches for it. */
async function handshake(port: number, ca: string, servername: string) {
  const socket: TLSSocket = connect({ port, host: "127.0.0.1", ca, servername, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  const told = [subject.CN, socket.authorized ? "trusted" : (socket.authorizationError as unknown as string)];
  socket.destroy();
  return told;
}

it("a listener shows a certificate of its own for each name that is bound, from the handshake after it was", async () => {
  const certificates = await ensureCertificates(join(folder, "names"));
  const bound: string[] = [];
  const handler = () => new Response("ok");
  const listener = await listen({ port: 0, certificates, handler, hostNames: () => bound });
  const { port } = listener;
  expect(await handshake(port, certificates.ca, "www.example.org")).toEqual([
    "localhost",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ]);
  bound.push("WWW.example.org");
  expect([
    await handshake(port, certificates.ca, "www.example.org"),
    await handshake(port, certificates.ca, "localhost"),
    await handshake(port, certificates.ca, "other.example.org"),
  ]).toEqual([
    ["www.example.org", "trusted"],
    ["localhost", "trusted"],
    ["localhost", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ]);
  await listener.close();
});

it("the authority stays; its key is the owner's alone, and a folder from before it was kept is made anew", async () => {
  const dir = join(folder, "kept");
  const first = await ensureCertificates(dir);
  const again = await ensureCertificates(dir);
  expect([again.ca, again.cert, statSync(join(dir, "ca.key")).mode & 0o777]).toEqual([first.ca, first.cert, 0o600]);
  const leaf = new X509Certificate((await again.issue("shop.example.org")).cert);
  expect([leaf.verify(new X509Certificate(first.ca).publicKey), leaf.checkHost("shop.example.org")]).toEqual([
    true,
    "shop.example.org",
  ]);
  rmSync(join(dir, "ca.key"));
  const anew = await ensureCertificates(dir);
  expect([anew.ca === first.ca, readFileSync(anew.caPath, "utf8")]).toEqual([false, anew.ca]);
});

it("processes that start at the same moment share one authority", async () => {
  const dir = join(folder, "shared");
  const module = new URL("./certificates.ts", import.meta.url).href;
  const code = `const { ensureCertificates } = await import(${JSON.stringify(module)});
    const { ca, cert } = await ensureCertificates(${JSON.stringify(dir)}); process.stdout.write(ca + cert);`;
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code]);
  const told = await Promise.all(Array.from({ length: 6 }, run));
  expect(new Set(told.map(({ stdout }) => stdout)).size).toBe(1);
  expect(readdirSync(folder).filter((name) => name.startsWith("shared"))).toEqual(["shared"]);
}, 60_000);
