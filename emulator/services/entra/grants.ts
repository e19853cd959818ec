import { createHash, randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";

/** What an authorization code, refresh token, device code or browser session stands for. */
export interface Grant {
  readonly kind: "code" | "refresh" | "device" | "session";
  readonly clientId: string;
  readonly tenantId: string;
  /** The user; absent on a device code that nobody has approved yet. */
  readonly objectId?: string;
  readonly scope: string;
  readonly redirectUri?: string;
  readonly codeChallenge?: string;
  readonly nonce?: string;
  readonly userCode?: string;
  readonly declined?: boolean;
}

const LIFETIME_MS: Readonly<Record<Grant["kind"], number>> = {
  code: 10 * 60_000,
  device: 15 * 60_000,
  session: 24 * 3_600_000,
  refresh: 90 * 24 * 3_600_000,
};

/** Grants, durable; only hashes of the tokens are kept. */
export class GrantStore {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.exec(
      "CREATE TABLE IF NOT EXISTS entra_grants (hash TEXT PRIMARY KEY, kind TEXT NOT NULL, expires INTEGER NOT NULL, body TEXT NOT NULL)",
    );
  }

  /** @returns the token that names the grant from now on */
  add(grant: Grant): string {
    const token = randomBytes(32).toString("base64url");
    this.#database.prepare("DELETE FROM entra_grants WHERE expires <= ?").run(this.#clock.now());
    this.#put(hashOf(token), grant, this.#clock.now() + LIFETIME_MS[grant.kind]);
    return token;
  }

  get(kind: Grant["kind"], token: string): Grant | undefined {
    const row = this.#database
      .prepare("SELECT * FROM entra_grants WHERE hash = ? AND kind = ?")
      .get(hashOf(token), kind);
    if (!row || Number(row.expires) <= this.#clock.now()) return undefined;
    return JSON.parse(String(row.body)) as Grant;
  }

  /** Reads a grant and ends it: a second time there is none. */
  take(kind: Grant["kind"], token: string): Grant | undefined {
    const found = this.get(kind, token);
    this.#database.prepare("DELETE FROM entra_grants WHERE hash = ? AND kind = ?").run(hashOf(token), kind);
    return found;
  }

  /** Approves or declines the device code that shows `userCode`. */
  answerDevice(userCode: string, answer: Partial<Grant>): boolean {
    const rows = this.#database.prepare("SELECT * FROM entra_grants WHERE kind = 'device'").all();
    const row = rows.find(
      (each) => (JSON.parse(String(each.body)) as Grant).userCode === userCode.trim().toUpperCase(),
    );
    if (!row || Number(row.expires) <= this.#clock.now()) return false;
    this.#put(String(row.hash), { ...(JSON.parse(String(row.body)) as Grant), ...answer }, Number(row.expires));
    return true;
  }

  #put(hash: string, grant: Grant, expires: number): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO entra_grants (hash, kind, expires, body) VALUES (?, ?, ?, ?)")
      .run(hash, grant.kind, expires, JSON.stringify(grant));
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
