import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";
import type { Binaries } from "./binaries.ts";
import { Cluster } from "./cluster.ts";
import { serverAllows } from "./firewall.ts";
import { TLS_PARAMETER } from "./parameters.ts";
import { findPrincipal, isPrincipal, setPasswordAdministrator } from "./principals.ts";
import { type Gate, openProxy, type ServerProxy } from "./proxy.ts";
import type { RunAs } from "./runAs.ts";
import type { Template } from "./template.ts";

const AUDIENCE = "https://ossrdbms-aad.database.windows.net";
/** A Unix socket's path has at most 107 characters, its file name takes 16. */
const MAX_SOCKET_DIR = 88;

interface AuthConfig {
  readonly activeDirectoryAuth?: string;
  readonly passwordAuth?: string;
  readonly tenantId?: string;
}

/** All that a server needs from the house. */
export interface ServerParts {
  readonly context: EmulatorContext;
  readonly template: Template;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  readonly folder: string;
}

/** One flexible server: its cluster and the proxy in front of it. */
export class PostgresServer {
  readonly id: string;
  readonly cluster: Cluster;
  /** Static parameters that were set since the last start. */
  readonly pendingRestart = new Set<string>();
  readonly #parts: ServerParts;
  readonly #dataDir: string;
  #proxy: ServerProxy | undefined;
  #isStopped = false;
  #opening: Promise<number> = Promise.resolve(0);

  constructor(id: string, name: string, parts: ServerParts) {
    this.id = id;
    this.#parts = parts;
    this.#dataDir = join(parts.folder, name.toLowerCase());
    const { binaries, runAs, context } = parts;
    const near = join(parts.folder, "run", name.toLowerCase());
    this.cluster = new Cluster({
      dataDir: this.#dataDir,
      socketDir:
        near.length <= MAX_SOCKET_DIR
          ? near
          : join(tmpdir(), `devfactory-pg-${process.pid}-${name.toLowerCase().slice(0, 30)}`),
      binaries,
      runAs,
      log: (message) => context.log("postgres", message, { server: name }),
    });
  }

  get state(): "Ready" | "Stopped" {
    return this.#isStopped ? "Stopped" : "Ready";
  }

  /** Makes the data folder when there is none, starts the cluster, opens the port. Safe to repeat, also at the same time. */
  open(): Promise<number> {
    this.#opening = this.#opening.then(
      () => this.#open(),
      () => this.#open(),
    );
    return this.#opening;
  }

  async #open(): Promise<number> {
    if (!existsSync(this.#dataDir)) await this.#parts.template.copyTo(this.#dataDir);
    if (!this.#isStopped) await this.cluster.start();
    const { context } = this.#parts;
    this.#proxy ??= await openProxy(await context.ports.portFor(this.id), context.certificates, this.#gate());
    return this.#proxy.port;
  }

  /** Applies what the ARM body says about the password administrator. */
  async configure(server: ArmResource): Promise<void> {
    const { administratorLogin, administratorLoginPassword } = server.properties;
    if (!administratorLogin || !administratorLoginPassword || !allowsPassword(server)) return;
    await setPasswordAdministrator(this.cluster, String(administratorLogin), String(administratorLoginPassword));
  }

  /** ARM `stop`: refuses connections until `resume`. */
  async halt(): Promise<void> {
    this.#isStopped = true;
    await this.cluster.stop();
  }

  /** ARM `start`. */
  async resume(): Promise<void> {
    this.#isStopped = false;
    this.pendingRestart.clear();
    await this.cluster.start();
  }

  /** ARM `restart`: static parameters take effect. */
  async restart(): Promise<void> {
    await this.halt();
    await this.resume();
  }

  /** Closes the port and ends the cluster; data stays. */
  async close(): Promise<void> {
    await this.#proxy?.close();
    this.#proxy = undefined;
    await this.cluster.stop();
  }

  /** Ends it and removes its data and its port. */
  async destroy(): Promise<void> {
    await this.close();
    await rm(this.#dataDir, { recursive: true, force: true });
    this.#parts.context.ports.release(this.id);
  }

  #gate(): Gate {
    const { resources, tokens } = this.#parts.context;
    return {
      socketPath: () => (this.cluster.running ? this.cluster.socketPath : undefined),
      requiresTls: () => resources.get(`${this.id}/configurations/${TLS_PARAMETER}`)?.properties.value !== "off",
      allows: (connection) => serverAllows(this.#parts.context, this.id, connection),
      methodOf: async (role) => {
        const server = resources.get(this.id);
        if (await findPrincipal(this.cluster, role)) return allowsToken(server) ? "token" : "none";
        return allowsPassword(server) ? "password" : "none";
      },
      checkToken: async (role, token) => {
        const caller = await tokens.verify(token, [AUDIENCE]);
        const tenantId = authConfig(resources.get(this.id)).tenantId;
        if (tenantId && tenantId !== caller.tenantId) return false;
        const principal = await findPrincipal(this.cluster, role);
        return principal !== undefined && isPrincipal(principal, caller, resources);
      },
    };
  }
}

function authConfig(server: ArmResource | undefined): AuthConfig {
  return (server?.properties.authConfig ?? {}) as AuthConfig;
}

function allowsToken(server: ArmResource | undefined): boolean {
  return authConfig(server).activeDirectoryAuth === "Enabled";
}

/** Azure's default is password sign-in alone. */
function allowsPassword(server: ArmResource | undefined): boolean {
  return (authConfig(server).passwordAuth ?? "Enabled") === "Enabled";
}
