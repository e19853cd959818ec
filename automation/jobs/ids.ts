import { createHash, randomBytes } from "node:crypto";

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

function random(length: number): string {
  // 32 letters: five bits of each byte, without bias.
  return [...randomBytes(length)].map((byte) => LETTERS[byte & 31]).join("");
}

/** An app's id: a letter first and short, because names of Azure resources are made from it. */
export function newAppId(): string {
  return `a${random(9)}`;
}

/** A job's id begins with its app's id: the partition of a job is known without a lookup. */
export function newJobId(appId: string): string {
  return `${appId}-${random(8)}`;
}

export function isAppId(text: string): boolean {
  return /^a[a-z2-9]{9}$/.test(text);
}

/** The app of a job id; nothing for a text that is no job id. */
export function appIdOf(jobId: string): string | undefined {
  return /^(a[a-z2-9]{9})-[a-z2-9]{8}$/.exec(jobId)?.[1];
}

/** sha-256 of a JSON value with sorted keys, as hex. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** JSON with sorted keys and without undefined: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(",")}}`;
}
