import { randomBytes } from "node:crypto";
import type { ArmResource } from "../../core/resources.ts";
import type { House } from "./house.ts";
import { Replica, type ReplicaContainer } from "./replica.ts";
import { type Configuration, type Container, probedPort, type Template } from "./settings.ts";

/** What a replica is made of, besides the house. */
export interface ReplicaPlan {
  readonly resource: ArmResource;
  readonly configuration: Configuration;
  /** Port of the app's listener; `undefined` without ingress. */
  readonly ingressPort: number | undefined;
  readonly revision: string;
  readonly template: Template;
  readonly onChange: () => void;
}

/** Target port of an app whose ingress names none: the one that most images expose. */
const DEFAULT_TARGET = 80;

/** Makes a replica; images, secrets, identity and network are looked up anew for each. Nothing of it runs yet. */
export async function makeReplica(house: House, plan: ReplicaPlan): Promise<Replica> {
  const { resource, configuration, template, revision, onChange } = plan;
  const name = `${revision}-${randomBytes(5).toString("hex")}-${randomBytes(3).toString("hex").slice(0, 5)}`;
  const secrets = await house.secrets(resource, configuration);
  const opened = async (container: Container) => ({
    container,
    image: await house.image(resource, configuration, container),
  });
  const init = await Promise.all(template.initContainers.map(opened));
  const containers = await Promise.all(template.containers.map(opened));
  const identity = await house.identityEndpoint(resource);
  const targetPort = configuration.ingress ? configuration.ingress.targetPort : probedPort(template);
  const listens = configuration.ingress !== undefined || targetPort !== undefined;
  const own = listens ? (targetPort ?? DEFAULT_TARGET) : undefined;
  const inPlace = [...init, ...containers].some(({ image }) => image.inPlace !== undefined);
  const network = inPlace ? undefined : await house.network(resource, { own, identity });
  // Replicas that share the machine's network need a port each; in a network of its own a replica has the one that the template names.
  const port = network || !listens ? own : await house.context.ports.free();
  const scratch = house.scratch(name);
  const base = environment(plan, name, port);
  const identityEnv = identity ? { IDENTITY_ENDPOINT: identity.url, IDENTITY_HEADER: identity.header } : {};
  const ready = (each: Pick<ReplicaContainer, "container" | "image">, index: number): ReplicaContainer => {
    const ports: Record<string, string> = index === 0 && port !== undefined ? { PORT: `${port}` } : {};
    const variables = house.variables(each.container, secrets);
    return {
      ...each,
      env: {
        ...(network ? { ...ports, ...variables } : { ...variables, ...ports }),
        ...base,
        ...(ports.PORT ? { CONTAINER_APP_PORT: ports.PORT } : {}),
        ...identityEnv,
      },
      mounts: house.mounts(template, each.container, secrets, scratch),
    };
  };
  const columns = { RevisionName_s: revision, ContainerGroupName_s: name };
  return new Replica({
    name,
    init: init.map((each) => ready(each, -1)),
    containers: containers.map(ready),
    ...(port === undefined ? {} : { port }),
    ...(targetPort === undefined ? {} : { targetPort }),
    network,
    scratch,
    caPath: house.context.certificates.caPath,
    graceMs: template.terminationGraceSeconds * 1000,
    enter: house.entrance(resource),
    onLine: (container, stream, line) =>
      house.console(resource, { ...columns, ContainerName_s: container }, stream, line),
    onSystem: (reason, message) =>
      house.system(resource, { reason, message, columns: { RevisionName_s: revision, ReplicaName_s: name } }),
    onChange,
    onGone: () => identity?.close(),
  });
}

/** Names as on Azure. */
function environment(plan: ReplicaPlan, replica: string, port: number | undefined): Record<string, string> {
  const host = plan.ingressPort === undefined || port === undefined ? undefined : `localhost:${plan.ingressPort}`;
  return {
    CONTAINER_APP_NAME: plan.resource.name,
    CONTAINER_APP_REVISION: plan.revision,
    CONTAINER_APP_REPLICA_NAME: replica,
    CONTAINER_APP_ENV_DNS_SUFFIX: "localhost",
    ...(host ? { CONTAINER_APP_HOSTNAME: host } : {}),
  };
}
