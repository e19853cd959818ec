import { createHash, timingSafeEqual } from "node:crypto";
import { verify } from "@octokit/webhooks-methods";
import { AutomationError } from "../errors.ts";

/** A source of webhooks, and the secrets that the vault has for it: the one in use, and the one before during a rotation. */
export interface WebhookSecrets {
  /** @throws {AutomationError} `WEBHOOK_NOT_CONFIGURED` */
  of(source: WebhookSource): Promise<readonly string[]>;
}

export const WEBHOOK_SOURCES = ["github", "azure-devops", "stripe"] as const;
export type WebhookSource = (typeof WEBHOOK_SOURCES)[number];

/** The vault's secret of a source: `<source>-webhook-secret`; with `-previous` the one that is still taken. */
export function secretNames(source: WebhookSource): readonly [string, string] {
  return [`${source}-webhook-secret`, `${source}-webhook-secret-previous`];
}

/**
 * GitHub signs the raw body: `X-Hub-Signature-256: sha256=<HMAC>` (docs.github.com, "Validating webhook deliveries"). The older
 * header with SHA-1 is not looked at.
 *
 * @throws {AutomationError} `WEBHOOK_REFUSED`
 */
export async function verifyGitHub(
  secrets: readonly string[],
  body: string,
  signature: string | undefined,
): Promise<void> {
  if (signature && /^sha256=[0-9a-f]{64}$/.test(signature)) {
    for (const secret of secrets) if (body !== "" && (await verify(secret, body, signature))) return;
  }
  throw new AutomationError("WEBHOOK_REFUSED", { source: "GitHub", reason: "X-Hub-Signature-256 is not the body's" });
}

/**
 * Azure DevOps signs nothing: a service hook sends basic authentication with the password that it was given.
 *
 * @throws {AutomationError} `WEBHOOK_REFUSED`
 */
export function verifyAzureDevOps(secrets: readonly string[], authorization: string | undefined): void {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const password = Buffer.from(encoded, "base64").toString("utf8").split(":").slice(1).join(":");
  if (password !== "" && secrets.some((secret) => same(secret, password))) return;
  throw new AutomationError("WEBHOOK_REFUSED", {
    source: "Azure DevOps",
    reason: "the password is not the service hook's",
  });
}

/** In constant time, also for texts of different length. */
function same(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}
