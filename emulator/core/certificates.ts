import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import "reflect-metadata"; // @peculiar/x509 resolves its parts through it
import * as x509 from "@peculiar/x509";

/** A certificate and its key, both PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

/** The local certificate authority and the one leaf that every listener shows (`localhost`, `*.localhost`, `127.0.0.1`). */
export interface Certificates extends Leaf {
  /** File to name in `NODE_EXTRA_CA_CERTS`. */
  readonly caPath: string;
  readonly ca: string;
  /** A leaf for a name of somebody's own, as Azure issues one for a custom domain; the same one as long as the process runs. */
  issue(hostName: string): Promise<Leaf>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000;
/** Chromium refuses leaves that live longer than 825 days. */
const LEAF_MS = 800 * 24 * 3600 * 1000;
const NAME = "CN=DevFactory local CA";
const LOCAL: readonly x509.JsonGeneralName[] = [
  { type: "dns", value: "localhost" },
  { type: "dns", value: "*.localhost" },
  { type: "ip", value: "127.0.0.1" },
];

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

/** Reads the authority and leaf from `dir`, or makes them at the first start; a folder without the authority's key is made anew. */
export async function ensureCertificates(dir: string): Promise<Certificates> {
  x509.cryptoProvider.set(crypto);
  const path = (name: string) => join(dir, name);
  if (!existsSync(path("ca.key"))) await makeCertificates(dir);
  const read = (name: string) => readFileSync(path(name), "utf8");
  const ca = read("ca.pem");
  const issued = new Map<string, Promise<Leaf>>();
  let authority: Promise<Authority> | undefined;
  return {
    caPath: path("ca.pem"),
    ca,
    cert: read("tls.pem"),
    key: read("tls.key"),
    issue(hostName) {
      const name = hostName.toLowerCase();
      authority ??= readAuthority(ca, read("ca.key"));
      const leaf = issued.get(name) ?? authority.then((by) => makeLeaf(by, name, [{ type: "dns", value: name }]));
      issued.set(name, leaf);
      return leaf;
    },
  };
}

async function makeCertificates(dir: string): Promise<void> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: NAME,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: yesterday(),
    notAfter: new Date(Date.now() + TEN_YEARS_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const leaf = await makeLeaf({ certificate, key: keys.privateKey }, "localhost", LOCAL);
  mkdirSync(dirname(dir), { recursive: true });
  const draft = mkdtempSync(`${dir}-`); // all or nothing, also when two start at the same moment
  chmodSync(draft, 0o755);
  const write = (name: string, text: string, mode = 0o644) => writeFileSync(join(draft, name), text, { mode });
  write("ca.pem", certificate.toString("pem"));
  write("tls.pem", leaf.cert);
  write("tls.key", leaf.key, 0o600);
  write("ca.key", await pem(keys.privateKey), 0o600);
  if (existsSync(dir) && !existsSync(join(dir, "ca.key"))) rmSync(dir, { recursive: true });
  try {
    renameSync(draft, dir);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(join(dir, "ca.key"))) throw error; // else another one was first
  }
}

async function readAuthority(ca: string, key: string): Promise<Authority> {
  const [bytes = new ArrayBuffer(0)] = x509.PemConverter.decode(key);
  return {
    certificate: new x509.X509Certificate(ca),
    key: await crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, false, ["sign"]),
  };
}

async function makeLeaf(by: Authority, commonName: string, names: readonly x509.JsonGeneralName[]): Promise<Leaf> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const leaf = await x509.X509CertificateGenerator.create({
    subject: `CN=${commonName}`,
    issuer: NAME,
    publicKey: keys.publicKey,
    signingKey: by.key,
    signingAlgorithm: ALGORITHM,
    notBefore: yesterday(),
    notAfter: new Date(Date.now() + LEAF_MS),
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...names]),
      await x509.AuthorityKeyIdentifierExtension.create(by.certificate, false),
    ],
  });
  return { cert: leaf.toString("pem"), key: await pem(keys.privateKey) };
}

async function pem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function yesterday(): Date {
  return new Date(Date.now() - 24 * 3600 * 1000);
}
