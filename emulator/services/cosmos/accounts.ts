import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { EmulatorContext } from "../../core/context.ts";
import { type Guard, type Listener, listen } from "../../core/listener.ts";
import { admits } from "../../core/privateAccess.ts";
import type { ArmResource, Json } from "../../core/resources.ts";
import { AccountStore } from "./accountStore.ts";
import { Authorizer, BUILT_IN_ROLES } from "./authorization.ts";
import type { Account } from "./routes.ts";
import { accountListener, refuseConnection } from "./server.ts";

export interface OpenAccount extends Account {
  readonly instanceId: string;
  readonly listener: Listener;
}

const CONSISTENCY = "Session";

/** The accounts that are open: one listener and one data file each. */
export class Accounts {
  readonly #context: EmulatorContext;
  readonly #open = new Map<string, Promise<OpenAccount>>();

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  /** Opens the account of an ARM resource, or gives the one that is open. */
  open(resource: ArmResource): Promise<OpenAccount> {
    const key = resource.id.toLowerCase();
    const known = this.#open.get(key);
    if (known) return known;
    const opening = this.#start(resource);
    this.#open.set(key, opening);
    opening.catch(() => this.#open.delete(key));
    return opening;
  }

  /** The account that a child resource belongs to, opened when it is not. */
  async ofChild(id: string): Promise<OpenAccount> {
    const account = /^(.*\/databaseAccounts\/[^/]+)\//i.exec(id)?.[1] ?? id;
    const known = this.#open.get(account.toLowerCase());
    if (known) return known;
    const resource = this.#context.resources.get(account);
    if (!resource) throw new Error(`no account ${account}`);
    return this.open(resource);
  }

  /** Is this the id of a built-in or custom role definition of the account? */
  roleExists(accountId: string, roleDefinitionId: string): boolean {
    const name = roleDefinitionId.split("/").at(-1)?.toLowerCase() ?? "";
    if (BUILT_IN_ROLES[name]) return true;
    return this.#context.resources.get(`${accountId}/sqlRoleDefinitions/${name}`) !== undefined;
  }

  /** Closes the account and removes its data and its port. */
  async remove(id: string): Promise<void> {
    await this.#close(id.toLowerCase());
    const path = this.#path(id);
    for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
    this.#context.ports.release(id);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((key) => this.#close(key)));
  }

  /** Removes expired items of all accounts. */
  async purgeExpired(): Promise<void> {
    for (const account of await Promise.all(this.#open.values())) {
      await account.store.writes.run(() => account.store.purgeExpired());
    }
  }

  async #start(resource: ArmResource): Promise<OpenAccount> {
    const { id, name, properties } = resource;
    const port = await this.#context.ports.portFor(id);
    const store = new AccountStore(this.#path(id), this.#context.clock);
    const origin = `https://localhost:${port}`;
    const account: Account = {
      id,
      name,
      endpoint: `${origin}/`,
      region: regionOf(resource),
      consistency: String((properties.consistencyPolicy as Json | undefined)?.defaultConsistencyLevel ?? CONSISTENCY),
      store,
      authorizer: new Authorizer(this.#context, id, origin),
    };
    const handler = { node: accountListener(account, this.#context.log) };
    const guard: Guard = { admits: (connection) => admits(this.#context, id, connection), refuse: refuseConnection };
    const listener = await listen({ port, certificates: this.#context.certificates, handler, guard });
    return { ...account, listener, instanceId: guidOf(id) };
  }

  async #close(key: string): Promise<void> {
    const account = await this.#open.get(key);
    this.#open.delete(key);
    await account?.listener.close();
    account?.store.close();
  }

  #path(id: string): string {
    const name = id.split("/").at(-1)?.toLowerCase() ?? "";
    return join(this.#context.dataDir, "cosmos", `${name}.db`); // account names are unique in all of Azure
  }
}

function regionOf(resource: ArmResource): string {
  const locations = resource.properties.locations as readonly Json[] | undefined;
  return String(locations?.[0]?.locationName ?? resource.location ?? "Local");
}

function guidOf(id: string): string {
  const hex = createHash("sha256").update(id.toLowerCase()).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
