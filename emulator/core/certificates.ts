import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import "reflect-metadata"; // @peculiar/x509 resolves its parts through it
import * as x509 from "@peculiar/x509";

/** The local certificate authority and the one leaf that every listener shows (`localhost`, `*.localhost`, `127.0.0.1`). */
export interface Certificates {
  /** File to name in `NODE_EXTRA_CA_CERTS`. */
  readonly caPath: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000;
/** Chromium refuses leaves that live longer than 825 days. */
const LEAF_MS = 800 * 24 * 3600 * 1000;

/** Reads the authority and leaf from `dir`, or makes them at the first start. */
export async function ensureCertificates(dir: string): Promise<Certificates> {
  const path = (name: string) => join(dir, name);
  if (!existsSync(path("tls.key"))) await makeCertificates(dir);
  const read = (name: string) => readFileSync(path(name), "utf8");
  return { caPath: path("ca.pem"), ca: read("ca.pem"), cert: read("tls.pem"), key: read("tls.key") };
}

async function makeCertificates(dir: string): Promise<void> {
  x509.cryptoProvider.set(crypto);
  const authorityKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const leafKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const notBefore = new Date(Date.now() - 24 * 3600 * 1000);
  const name = "CN=DevFactory local CA";
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    notBefore,
    notAfter: new Date(Date.now() + TEN_YEARS_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: name,
    publicKey: leafKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore,
    notAfter: new Date(Date.now() + LEAF_MS),
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "dns", value: "*.localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority, false),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", leafKeys.privateKey);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "ca.pem"), authority.toString("pem"));
  writeFileSync(join(dir, "tls.pem"), leaf.toString("pem"));
  writeFileSync(join(dir, "tls.key"), x509.PemConverter.encode(key, "PRIVATE KEY"), { mode: 0o600 });
}
