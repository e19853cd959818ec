import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ServiceBusClient, type ServiceBusClientOptions } from "@azure/service-bus";
import type { ArmResource, Json } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createServiceBus } from "./index.ts";

export const BUS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ServiceBus/namespaces/bus";

/** The service with one namespace, driven by the unmodified client, which this process then trusts. */
export interface TestBus extends AsyncDisposable {
  readonly context: TestContext;
  readonly port: number;
  /** What ARM does with a PUT. @param path below the namespace, for example `queues/jobs` */
  put(path: string, properties?: Json): Promise<ArmResource>;
  /** What ARM does with a GET and a DELETE. */
  read(path: string): Json | undefined;
  remove(path: string): Promise<void>;
  client(objectId?: string, options?: ServiceBusClientOptions): ServiceBusClient;
}

const CALLER = {
  objectId: "x",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "",
  groups: [],
  claims: {},
} as const;

/** @param context reuses data, to test a restart */
export async function testBus(context?: TestContext): Promise<TestBus> {
  const house = context ?? (await testContext());
  setDefaultCACertificates([...getCACertificates(), house.certificates.ca]);
  const service = createServiceBus(house);
  const clients: ServiceBusClient[] = [];
  await service.start();
  const put = async (path: string, properties: Json = {}) => {
    const id = path ? `${BUS}/${path}` : BUS;
    const segments = id.split("/").slice(7);
    const type = `Microsoft.ServiceBus/${segments.filter((_, index) => index % 2 === 0).join("/")}`;
    const desired: ArmResource = { id, name: segments.at(-1) ?? "", type, properties, sku: { name: "Standard" } };
    const hooks = service.hooks.find((each) => each.type === type);
    const existing = house.resources.get(id);
    hooks?.validate?.({ desired, caller: CALLER, ...(existing ? { existing } : {}) });
    const set = await hooks?.put?.({ desired, caller: CALLER });
    const stored = { ...desired, properties: { ...properties, ...set } };
    house.putResource(stored);
    return stored;
  };
  const namespace = await put("");
  const port = Number(new URL(String(namespace.properties.serviceBusEndpoint)).port);
  house.grant("worker", "Microsoft.ServiceBus/*", BUS);
  return {
    context: house,
    port,
    put,
    read: (path) => {
      const found = house.resources.get(`${BUS}/${path}`);
      return found && service.hooks.find((each) => each.type === found.type)?.read?.(found);
    },
    remove: async (path) => {
      const found = house.resources.get(`${BUS}/${path}`);
      house.removeResource(`${BUS}/${path}`);
      if (found) await service.hooks.find((each) => each.type === found.type)?.delete?.(found);
    },
    client: (objectId = "worker", options = {}) => {
      const made = new ServiceBusClient(`localhost:${port}`, house.credential(objectId), options);
      clients.push(made);
      return made;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((each) => each.close()));
      await service.stop();
      if (!context) await house[Symbol.asyncDispose]();
    },
  };
}
