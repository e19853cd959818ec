import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";

export const ACCOUNT = "Microsoft.Storage/storageAccounts";

/** A storage account: its ARM resource and its keys. */
export class Account {
  readonly id: string;
  readonly name: string;
  readonly #context: EmulatorContext;
  readonly #database: DatabaseSync;

  constructor(id: string, context: EmulatorContext, database: DatabaseSync) {
    this.id = id;
    this.name = (id.split("/").at(-1) ?? "").toLowerCase();
    this.#context = context;
    this.#database = database;
    const insert = "INSERT OR IGNORE INTO accounts (name, key1, key2) VALUES (?, ?, ?)";
    database.prepare(insert).run(this.name, randomBytes(64), randomBytes(64));
  }

  get resource(): ArmResource | undefined {
    return this.#context.resources.get(this.id);
  }

  /** `allowSharedKeyAccess` is on unless it was turned off. */
  get allowsKeys(): boolean {
    return this.resource?.properties.allowSharedKeyAccess !== false;
  }

  /** Anonymous reads need the account's consent, which new accounts do not give. */
  get allowsPublic(): boolean {
    return this.resource?.properties.allowBlobPublicAccess === true;
  }

  keys(): readonly Buffer[] {
    const row = this.#database.prepare("SELECT key1, key2 FROM accounts WHERE name = ?").get(this.name);
    return [row?.key1, row?.key2].map((key) => Buffer.from((key ?? new Uint8Array()) as Uint8Array));
  }

  /** Replaces one key; what it signed is void. */
  regenerate(keyName: "key1" | "key2"): void {
    this.#database.prepare(`UPDATE accounts SET ${keyName} = ? WHERE name = ?`).run(randomBytes(64), this.name);
  }

  /** Forgets everything of the account. */
  forget(): void {
    for (const table of ["accounts", "containers", "blobs", "blocks", "queues", "queue_messages"]) {
      const column = table === "accounts" ? "name" : "account";
      this.#database.prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(this.name);
    }
  }
}
