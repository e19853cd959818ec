import type { ServerResponse } from "node:http";
import type { EmulatorContext } from "../../core/context.ts";
import { type Guard, type Listener, listen } from "../../core/listener.ts";
import { admits } from "../../core/privateAccess.ts";
import { ArmError, type ArmResource, type Json, sameId } from "../../core/resources.ts";
import { vaultHandler } from "./routes.ts";
import { ObjectStore } from "./store.ts";
import type { Vault } from "./vault.ts";

/** A vault that was deleted and still holds its name and data. */
export interface DeletedVault {
  /** Id of the vault it was. */
  readonly vaultId: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly deletionDate: string;
  readonly scheduledPurgeDate: string;
  readonly purgeProtectionEnabled: boolean;
}

interface OpenVault {
  readonly vault: Vault;
  readonly listener: Listener;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS deleted_vaults (
    name TEXT PRIMARY KEY COLLATE NOCASE, vault TEXT NOT NULL, purge INTEGER NOT NULL
  );
`;

/** The vaults that are open, and those that are deleted but not gone. */
export class Vaults {
  readonly #context: EmulatorContext;
  readonly #store: ObjectStore;
  readonly #open = new Map<string, Promise<OpenVault>>();

  constructor(context: EmulatorContext) {
    this.#context = context;
    this.#store = new ObjectStore(context.database, context.clock);
    context.database.exec(SCHEMA);
  }

  /** Opens the vault of an ARM resource, or gives the one that is open; takes it back from the deleted ones. */
  async open(resource: Pick<ArmResource, "id" | "name" | "properties">): Promise<Vault> {
    this.#context.database.prepare("DELETE FROM deleted_vaults WHERE name = ?").run(resource.name);
    const key = resource.id.toLowerCase();
    let opening = this.#open.get(key);
    if (!opening) {
      opening = this.#start(resource);
      this.#open.set(key, opening);
      opening.catch(() => this.#open.delete(key));
    }
    return (await opening).vault;
  }

  /** The vault that a child resource belongs to. */
  async ofChild(id: string): Promise<Vault> {
    const vaultId = /^(.*\/vaults\/[^/]+)/i.exec(id)?.[1] ?? id;
    const resource = this.#context.resources.get(vaultId);
    if (!resource) throw new ArmError(404, "ParentResourceNotFound", `There is no vault ${vaultId}.`);
    return this.open(resource);
  }

  /** The vault as far as a check needs it, without opening it. */
  holdsDeleted(vaultName: string, kind: "secret" | "key", name: string): boolean {
    return this.#store.findDeleted(vaultName.toLowerCase(), kind, name) !== undefined;
  }

  /** Closes the vault; its name, port and data are kept for the retention. */
  async delete(resource: ArmResource): Promise<void> {
    await this.#close(resource.id.toLowerCase());
    const { softDeleteRetentionInDays, enablePurgeProtection } = resource.properties;
    const days = typeof softDeleteRetentionInDays === "number" ? softDeleteRetentionInDays : 90;
    const now = this.#context.clock.now();
    const purge = now + days * 86_400_000;
    const deleted: DeletedVault = {
      vaultId: resource.id,
      name: resource.name,
      location: resource.location ?? "",
      tags: resource.tags ?? {},
      deletionDate: new Date(now).toISOString(),
      scheduledPurgeDate: new Date(purge).toISOString(),
      purgeProtectionEnabled: enablePurgeProtection === true,
    };
    this.#context.database
      .prepare("INSERT OR REPLACE INTO deleted_vaults (name, vault, purge) VALUES (?, ?, ?)")
      .run(resource.name, JSON.stringify(deleted), purge);
  }

  /** Deleted vaults whose retention has not ended. */
  deleted(): readonly DeletedVault[] {
    const rows = this.#context.database.prepare("SELECT name, vault, purge FROM deleted_vaults ORDER BY name").all();
    for (const row of rows) {
      if (Number(row.purge) <= this.#context.clock.now()) this.#forget(JSON.parse(String(row.vault)) as DeletedVault);
    }
    const left = this.#context.database.prepare("SELECT vault FROM deleted_vaults ORDER BY name").all();
    return left.map((row) => JSON.parse(String(row.vault)) as DeletedVault);
  }

  findDeleted(name: string): DeletedVault | undefined {
    return this.deleted().find((each) => sameId(each.name, name));
  }

  /**
   * Removes a deleted vault for good.
   *
   * @throws {ArmError} 404 when there is none, 409 under purge protection
   */
  purge(name: string): void {
    const found = this.findDeleted(name);
    if (!found) throw new ArmError(404, "DeletedVaultNotFound", `There is no deleted vault with the name '${name}'.`);
    if (found.purgeProtectionEnabled) {
      throw new ArmError(
        409,
        "DeletedVaultPurge",
        `The vault '${name}' is under purge protection until ${found.scheduledPurgeDate}.`,
      );
    }
    this.#forget(found);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((key) => this.#close(key)));
  }

  #forget({ name, vaultId }: DeletedVault): void {
    this.#store.purgeVault(name.toLowerCase());
    this.#context.ports.release(vaultId);
    this.#context.database.prepare("DELETE FROM deleted_vaults WHERE name = ?").run(name);
  }

  async #start({ id, name, properties }: Pick<ArmResource, "id" | "name" | "properties">): Promise<OpenVault> {
    const port = await this.#context.ports.portFor(id);
    const vault: Vault = {
      id,
      name: name.toLowerCase(),
      uri: `https://localhost:${port}/`,
      store: this.#store,
      context: this.#context,
      properties: (): Json => this.#context.resources.get(id)?.properties ?? properties,
    };
    const guard: Guard = { admits: (connection) => admits(this.#context, id, connection), refuse: refuseConnection };
    const handler = vaultHandler(vault);
    const listener = await listen({ port, certificates: this.#context.certificates, handler, guard });
    return { vault, listener };
  }

  async #close(key: string): Promise<void> {
    const open = await this.#open.get(key);
    this.#open.delete(key);
    await open?.listener.close();
  }
}

/** What a vault says to who stands outside. Source: Microsoft Learn, "Troubleshooting Azure Key Vault", ForbiddenByConnection. */
function refuseConnection(response: ServerResponse): void {
  const error = {
    code: "Forbidden",
    message:
      "Public network access is disabled and request is not from a trusted service nor via an approved private link.",
    innererror: { code: "ForbiddenByConnection" },
  };
  response.writeHead(403, { "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify({ error }));
}
