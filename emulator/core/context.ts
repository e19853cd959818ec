import type { DatabaseSync } from "node:sqlite";
import type { Certificates } from "./certificates.ts";
import type { Clock } from "./clock.ts";
import type { PortRegistry } from "./ports.ts";
import type { ResourceHooks, ResourceReader } from "./resources.ts";
import type { Caller, TokenAuthority } from "./tokens.ts";

/** May this caller do this? Role assignments of ARM, inherited downwards, groups expanded. */
export interface AccessControl {
  /** @param action for example `Microsoft.App/jobs/start/action`; @param scope a resource id */
  allows(caller: Caller, action: string, scope: string): boolean;
  /** @param dataAction for example `Microsoft.KeyVault/vaults/secrets/getSecret/action` */
  allowsData(caller: Caller, dataAction: string, scope: string): boolean;
}

/** A line for the emulator's own log file; never carries secrets. */
export type Log = (service: string, message: string, details?: Readonly<Record<string, unknown>>) => void;

/** All that a service gets from the house it lives in. */
export interface EmulatorContext {
  /** Folder of this emulator's data; a service with much data keeps its own file or folder in it, named after itself. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** The shared file `azure.db` (ARM resources, ports, keys, small tables). */
  readonly database: DatabaseSync;
  readonly certificates: Certificates;
  readonly ports: PortRegistry;
  readonly tokens: TokenAuthority;
  readonly access: AccessControl;
  readonly resources: ResourceReader;
  readonly log: Log;
}

/** An emulated service or host: a folder of its own, startable alone (`emulator/testing/context.ts` makes a context). */
export interface EmulatorService {
  readonly name: string;
  /** What it does for its ARM types. */
  readonly hooks: readonly ResourceHooks[];
  /** Opens listeners and brings back what `context.resources` holds. */
  start(): Promise<void>;
  /** Closes listeners and ends its children; data stays. */
  stop(): Promise<void>;
}
