import type { ArmResource } from "../../core/resources.ts";

export type RestartPolicy = "Always" | "OnFailure" | "Never";

/** A container of a group, as ARM has it. */
export interface GroupContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[];
}

/** A volume of a group: an empty folder, or files whose contents come in base64. */
export interface GroupVolume {
  readonly name: string;
  readonly secret?: Readonly<Record<string, string>>;
}

/** What a group runs. */
export interface GroupTemplate {
  readonly containers: readonly GroupContainer[];
  readonly initContainers: readonly GroupContainer[];
  readonly volumes: readonly GroupVolume[];
  readonly restartPolicy: RestartPolicy;
  readonly credentials: readonly { readonly server: string; readonly identity?: string }[];
  readonly subnetId?: string;
  /** Customer id of the workspace that collects its lines. */
  readonly workspace?: string;
}

type Loose = Readonly<Record<string, unknown>>;

const object = (value: unknown): Loose => (typeof value === "object" && value !== null ? (value as Loose) : {});
const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(object) : []);
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Reads the properties of a group with the service's defaults (API version 2023-05-01: restarted always). */
export function readGroup({ properties }: Pick<ArmResource, "properties">): GroupTemplate {
  const subnetId = text(list(properties.subnetIds)[0]?.id);
  const workspace = text(object(object(properties.diagnostics).logAnalytics).workspaceId);
  return {
    containers: list(properties.containers).map(readContainer),
    initContainers: list(properties.initContainers).map(readContainer),
    volumes: list(properties.volumes).map(readVolume),
    restartPolicy: (text(properties.restartPolicy) || "Always") as RestartPolicy,
    credentials: list(properties.imageRegistryCredentials).map((each) => {
      const identity = text(each.identity);
      return { server: text(each.server), ...(identity && { identity }) };
    }),
    ...(subnetId && { subnetId }),
    ...(workspace && { workspace }),
  };
}

function readContainer(value: Loose): GroupContainer {
  const own = object(value.properties);
  return {
    name: text(value.name),
    image: text(own.image),
    command: strings(own.command),
    env: Object.fromEntries(
      list(own.environmentVariables).map((each) => [text(each.name), text(each.secureValue) || text(each.value)]),
    ),
    mounts: list(own.volumeMounts).map((each) => ({
      name: text(each.name),
      mountPath: text(each.mountPath),
      readOnly: each.readOnly === true,
    })),
  };
}

function readVolume(value: Loose): GroupVolume {
  if (value.secret === undefined) return { name: text(value.name) };
  const files = Object.entries(object(value.secret)).map(([name, content]) => [name, text(content)]);
  return { name: text(value.name), secret: Object.fromEntries(files) };
}
