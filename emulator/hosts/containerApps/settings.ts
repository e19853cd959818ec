import type { ArmResource, Json } from "../../core/resources.ts";

/** A container of a template, as ARM has it. */
export interface Container {
  readonly name: string;
  readonly image: string;
  /** Processors that are its own. */
  readonly cpu: number;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvironmentVariable[];
  readonly probes: readonly Probe[];
  readonly volumeMounts: readonly { readonly volumeName: string; readonly mountPath: string }[];
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly secretRef?: string;
}

export interface Probe {
  readonly type: "Liveness" | "Readiness" | "Startup";
  /** `undefined` for a TCP probe. */
  readonly path?: string;
  readonly port?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
  readonly initialDelaySeconds: number;
}

export interface ScaleRule {
  readonly name: string;
  /** `http`, `tcp`, `azure-servicebus`, `azure-queue`, `cron`, `cpu` … */
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly identity?: string;
}

export interface Template {
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly storageType: string;
    readonly secrets?: readonly { secretRef: string; path?: string }[];
  }[];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly cooldownSeconds: number;
  readonly rules: readonly ScaleRule[];
  readonly terminationGraceSeconds: number;
  readonly revisionSuffix?: string;
  /** The template as it came, to compare revisions. */
  readonly raw: Json;
}

export interface TrafficWeight {
  readonly revisionName?: string;
  readonly latest: boolean;
  readonly weight: number;
  readonly label?: string;
}

export interface Ingress {
  readonly external: boolean;
  readonly targetPort?: number;
  readonly traffic: readonly TrafficWeight[];
  /** Names of people's own that are bound with a certificate. */
  readonly hostNames: readonly string[];
}

export interface Secret {
  readonly name: string;
  readonly value?: string;
  readonly keyVaultUrl?: string;
  readonly identity?: string;
}

export interface Configuration {
  readonly multiple: boolean;
  readonly ingress?: Ingress;
  readonly secrets: readonly Secret[];
  readonly registries: readonly { readonly server: string; readonly identity?: string }[];
}

/** Of a container that names no resources (Container Apps, "Allocations"). */
const DEFAULT_CPU = 0.5;

type Loose = Readonly<Record<string, unknown>>;

const object = (value: unknown): Loose => (typeof value === "object" && value !== null ? (value as Loose) : {});
const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(object) : []);
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const number = (value: unknown, fallback: number): number => (typeof value === "number" ? value : fallback);

/** Gives an object only the keys that have a value. */
function present<T extends object>(entries: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as T;
}

/** Reads `properties.template` with the service's defaults (Container Apps, "Scaling": min 0, max 10, cool-down 300 s). */
export function readTemplate(value: unknown): Template {
  const raw = object(value);
  const scale = object(raw.scale);
  return present<Template>({
    containers: list(raw.containers).map(readContainer),
    initContainers: list(raw.initContainers).map(readContainer),
    volumes: list(raw.volumes).map((each) =>
      present<Template["volumes"][number]>({
        name: String(each.name),
        storageType: text(each.storageType) ?? "EmptyDir",
        secrets:
          each.secrets === undefined
            ? undefined
            : list(each.secrets).map((secret) =>
                present({ secretRef: String(secret.secretRef), path: text(secret.path) }),
              ),
      }),
    ),
    minReplicas: number(scale.minReplicas, 0),
    maxReplicas: number(scale.maxReplicas, 10),
    cooldownSeconds: number(scale.cooldownPeriod, 300),
    rules: list(scale.rules).map(readRule),
    terminationGraceSeconds: number(raw.terminationGracePeriodSeconds, 30),
    revisionSuffix: text(raw.revisionSuffix),
    raw,
  });
}

function readContainer(value: Loose): Container {
  return {
    name: String(value.name),
    image: String(value.image),
    cpu: number(object(value.resources).cpu, DEFAULT_CPU),
    command: strings(value.command),
    args: strings(value.args),
    env: list(value.env).map((each) =>
      present<EnvironmentVariable>({
        name: String(each.name),
        value: text(each.value),
        secretRef: text(each.secretRef),
      }),
    ),
    probes: list(value.probes).map(readProbe),
    volumeMounts: list(value.volumeMounts).map((each) => ({
      volumeName: String(each.volumeName),
      mountPath: String(each.mountPath),
    })),
  };
}

function readProbe(value: Loose): Probe {
  const http = object(value.httpGet);
  const headers = list(http.httpHeaders).map((each) => [String(each.name), String(each.value)] as const);
  return present<Probe>({
    type: String(value.type) as Probe["type"],
    path: value.httpGet === undefined ? undefined : (text(http.path) ?? "/"),
    port: Number(http.port ?? object(value.tcpSocket).port) || undefined,
    headers: Object.fromEntries(headers),
    periodSeconds: number(value.periodSeconds, 10),
    timeoutSeconds: number(value.timeoutSeconds, 1),
    failureThreshold: number(value.failureThreshold, 3),
    initialDelaySeconds: number(value.initialDelaySeconds, 0),
  });
}

/** A rule under `http`, `tcp`, `azureQueue` or `custom`. */
export function readRule(value: Loose): ScaleRule {
  const name = String(value.name);
  const kind = ["http", "tcp", "azureQueue", "custom"].find((each) => value[each] !== undefined) ?? "custom";
  const rule = object(value[kind] ?? value);
  const metadata = Object.fromEntries(Object.entries(object(rule.metadata)).map(([key, each]) => [key, String(each)]));
  if (kind === "azureQueue") {
    return present<ScaleRule>({
      name,
      type: "azure-queue",
      metadata: {
        queueName: String(rule.queueName),
        queueLength: String(rule.queueLength),
        accountName: String(rule.accountName),
      },
      identity: text(rule.identity),
    });
  }
  return present<ScaleRule>({ name, type: text(rule.type) ?? kind, metadata, identity: text(rule.identity) });
}

/** Reads `properties.configuration` of an app or a job. */
export function readConfiguration(value: unknown): Configuration {
  const raw = object(value);
  const ingress = object(raw.ingress);
  return present<Configuration>({
    multiple: /multiple/i.test(String(raw.activeRevisionsMode ?? "Single")),
    ingress: raw.ingress
      ? present<Ingress>({
          external: ingress.external === true,
          targetPort: typeof ingress.targetPort === "number" && ingress.targetPort > 0 ? ingress.targetPort : undefined,
          hostNames: list(ingress.customDomains).flatMap(({ name, bindingType }) =>
            bindingType === "SniEnabled" && typeof name === "string" ? [name] : [],
          ),
          traffic: list(ingress.traffic).map((each) =>
            present<TrafficWeight>({
              revisionName: text(each.revisionName),
              latest: each.latestRevision === true,
              weight: number(each.weight, 0),
              label: text(each.label),
            }),
          ),
        })
      : undefined,
    secrets: list(raw.secrets).map((each) =>
      present<Secret>({
        name: String(each.name),
        value: text(each.value),
        keyVaultUrl: text(each.keyVaultUrl),
        identity: text(each.identity),
      }),
    ),
    registries: list(raw.registries).map((each) =>
      present({ server: String(each.server), identity: text(each.identity) }),
    ),
  });
}

/** Id of the environment that an app or job lives in. */
export function environmentIdOf(resource: ArmResource): string {
  return String(resource.properties.managedEnvironmentId ?? resource.properties.environmentId ?? "");
}

/** The port that the first container's probes ask; without one, nothing is known to listen. */
export function probedPort({ containers }: Pick<Template, "containers">): number | undefined {
  return containers[0]?.probes.find((each) => each.port !== undefined)?.port;
}
