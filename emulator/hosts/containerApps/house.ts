import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EmulatorContext } from "../../core/context.ts";
import { enterNetwork } from "../../core/privateAccess.ts";
import { ArmError, type ArmResource, type Json } from "../../core/resources.ts";
import { type LogStore, logsOf } from "../../services/monitor/logs.ts";
import type { ImageStore, OpenImage } from "../../services/registry/images.ts";
import { splitReference } from "../../services/registry/images.ts";
import {
  hasIdentity,
  type IdentityEndpoint,
  type IdentityEndpointFactory,
  principalOf,
  readVaultSecret,
} from "../containers/identities.ts";
import { Networks } from "../network/networks.ts";
import type { PrivateNetwork } from "../network/privateNetwork.ts";
import type { Mount } from "../sandbox.ts";
import { LogWorkspaces } from "./logWorkspaces.ts";
import { type Configuration, type Container, environmentIdOf, type Template } from "./settings.ts";

export interface ContainerAppsOptions {
  readonly images: ImageStore;
  /** Makes the identity endpoint of a replica whose app has an identity. */
  readonly identityEndpoint: IdentityEndpointFactory;
  /** Active messages of a Service Bus queue or subscription, for scale rules. @default none: the rule asks for nothing */
  readonly activeMessages?: (queue: {
    readonly namespace: string;
    readonly entity: string;
    readonly subscription?: string;
  }) => number | undefined;
  /** How often rules are read while something could start. @default 250 (Azure: 15 to 30 s) */
  readonly pollMs?: number;
  /** Over which time the use of processors is averaged. @default 15000, as Kubernetes' metrics server */
  readonly processorWindowMs?: number;
  /** Longest wait for a new revision. @default 240000 */
  readonly provisionMs?: number;
}

/** What apps and jobs have in common: the context, options, images, secrets, identities, log lines. */
export class House {
  readonly context: EmulatorContext;
  readonly options: ContainerAppsOptions;
  readonly logs: LogStore;
  readonly #workspaces: LogWorkspaces;
  readonly #networks: Networks;

  constructor(context: EmulatorContext, options: ContainerAppsOptions) {
    this.#workspaces = new LogWorkspaces(context);
    this.#networks = new Networks(context);
    this.context = context;
    this.options = options;
    this.logs = logsOf(context);
  }

  get pollMs(): number {
    return this.options.pollMs ?? 250;
  }

  /** How a process of an app or job enters the network of its environment; undefined when that stands in none. */
  entrance(resource: ArmResource): ((pid: number) => () => void) | undefined {
    const environment = this.context.resources.get(environmentIdOf(resource));
    const { infrastructureSubnetId } = (environment?.properties.vnetConfiguration ?? {}) as Json;
    if (typeof infrastructureSubnetId !== "string") return undefined;
    return (pid) => enterNetwork(this.context, pid, infrastructureSubnetId);
  }

  /** A network for one replica or execution; undefined where it shares the machine's. */
  network(
    resource: ArmResource,
    options: { readonly own?: number | undefined; readonly identity: IdentityEndpoint | undefined },
  ): Promise<PrivateNetwork | undefined> {
    const { identity, own } = options;
    const ports = identity ? [Number(new URL(identity.url).port)] : [];
    return this.#networks.open({ ports, own, enter: this.entrance(resource) });
  }

  /** Ends what no replica holds any more. */
  close(): void {
    this.#networks.close();
  }

  /** The folder of one replica or execution. */
  scratch(name: string): string {
    return join(this.context.dataDir, "containers", `${name}-${randomBytes(3).toString("hex")}`);
  }

  /**
   * Opens an image with the identity that the app names for its registry.
   *
   * @throws {ArmError} 400 `ContainerAppOperationError` when it cannot be pulled
   */
  async image(resource: ArmResource, configuration: Configuration, container: Container): Promise<OpenImage> {
    const { server } = splitReference(container.image);
    const setting = configuration.registries.find(
      (each) => each.server.toLowerCase() === server.toLowerCase(),
    )?.identity;
    const principal = setting === undefined ? undefined : principalOf(this.context, resource, setting);
    try {
      return await this.options.images.open(container.image, principal);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.system(resource, {
        reason: "ImagePullFailure",
        message: `Failed to pull image '${container.image}': ${reason}`,
      });
      const message = `Field 'template.containers.${container.name}.image' is invalid with details: 'Invalid value: "${container.image}": ${reason}'`;
      throw new ArmError(400, "ContainerAppOperationError", message);
    }
  }

  /** @throws {ArmError} 400 when a Key Vault secret cannot be read */
  async secrets(resource: ArmResource, configuration: Configuration): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const secret of configuration.secrets) {
      if (secret.keyVaultUrl === undefined) found.set(secret.name, secret.value ?? "");
      else {
        const principal = principalOf(this.context, resource, secret.identity ?? "system");
        const refuse = (reason: string) =>
          new ArmError(
            400,
            "ContainerAppSecretKeyVaultUrlInvalid",
            `The secret '${secret.name}' cannot be read from ${secret.keyVaultUrl}: ${reason}`,
          );
        if (!principal) throw refuse(`the identity ${secret.identity} is not assigned`);
        const value = await readVaultSecret(this.context, secret.keyVaultUrl, principal).catch((cause: unknown) => {
          throw refuse(cause instanceof Error ? cause.message : String(cause));
        });
        found.set(secret.name, value);
      }
    }
    return found;
  }

  /** `undefined` for a resource without identity. */
  async identityEndpoint(resource: ArmResource): Promise<IdentityEndpoint | undefined> {
    return hasIdentity(resource) ? this.options.identityEndpoint(resource) : undefined;
  }

  /** Secret volumes and empty folders, as mounts of one container. */
  mounts(
    template: Template,
    container: Container,
    secrets: ReadonlyMap<string, string>,
    scratch: string,
  ): readonly Mount[] {
    return container.volumeMounts.map(({ volumeName, mountPath }) => {
      const volume = template.volumes.find((each) => each.name === volumeName);
      const source = join(scratch, "volumes", volumeName);
      mkdirSync(source, { recursive: true });
      if (volume?.storageType !== "Secret") return { source, target: mountPath, writable: true };
      const wanted =
        volume.secrets ?? [...secrets.keys()].map((secretRef): { secretRef: string; path?: string } => ({ secretRef }));
      for (const { secretRef, path } of wanted) {
        const file = join(source, path ?? secretRef);
        writeFileSync(file, secrets.get(secretRef) ?? "");
        chmodSync(file, 0o444);
      }
      return { source, target: mountPath };
    });
  }

  /** A line of a container. */
  console(
    resource: ArmResource,
    columns: { readonly [name: string]: string },
    stream: "stdout" | "stderr",
    line: string,
  ): void {
    this.#append("ContainerAppConsoleLogs_CL", resource, { ...columns, Stream_s: stream, Log_s: line });
  }

  /** A line of the service about an app or job. */
  system(
    resource: ArmResource,
    event: {
      readonly reason: string;
      readonly message: string;
      readonly columns?: { readonly [name: string]: string };
    },
  ): void {
    const type = /fail|backoff|error/i.test(event.reason) ? "Warning" : "Normal";
    this.#append("ContainerAppSystemLogs_CL", resource, {
      ...event.columns,
      Type_s: type,
      Reason_s: event.reason,
      Log_s: event.message,
    });
  }

  #append(table: string, resource: ArmResource, columns: { readonly [name: string]: string }): void {
    const environmentId = environmentIdOf(resource);
    const kind = /jobs$/i.test(resource.type) ? "ContainerJobName_s" : "ContainerAppName_s";
    this.logs.append({
      timeMs: this.context.clock.now(),
      table,
      workspace: this.#workspaces.of(environmentId),
      resource: resource.id,
      columns: { EnvironmentName_s: environmentId.split("/").at(-1) ?? "", [kind]: resource.name, ...columns },
    });
  }

  /** Variables of a container: its own, with secret references resolved. */
  variables(container: Container, secrets: ReadonlyMap<string, string>): Record<string, string> {
    return Object.fromEntries(
      container.env.map(({ name, value, secretRef }) => [
        name,
        secretRef === undefined ? (value ?? "") : (secrets.get(secretRef) ?? ""),
      ]),
    );
  }
}

/** @throws {ArmError} 400 for a `secretRef` that names no secret of the configuration */
export function checkSecretReferences(template: Template, configuration: Configuration): void {
  const names = new Set(configuration.secrets.map((each) => each.name));
  for (const container of [...template.containers, ...template.initContainers]) {
    const missing = container.env.find((each) => each.secretRef !== undefined && !names.has(each.secretRef));
    if (!missing) continue;
    throw new ArmError(
      400,
      "ContainerAppSecretRefNotFound",
      `SecretRef '${missing.secretRef}' defined for container '${container.name}' not found.`,
    );
  }
}
