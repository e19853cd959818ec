import { isDeepStrictEqual } from "node:util";
import { type PlannedResource, UNKNOWN, withoutSecrets } from "@devfactory/checks/index.ts";
import { answer, guid, SUBSCRIPTION_ID, TENANT_ID } from "@devfactory/components/testing/answers.ts";
import * as pulumi from "@pulumi/pulumi";

/** Whose resources are planned; their ids are part of names and resource ids. */
export interface PlanScope {
  readonly subscriptionId: string;
  readonly entraTenantId: string;
}

/** Ends of host names that Azure makes from the name alone. Source: Microsoft Learn, "DNS zone values" of each service. */
const HOSTS_BY_NAME =
  /\.(azurecr\.io|documents\.azure\.com|postgres\.database\.azure\.com|vault\.azure\.net|servicebus\.windows\.net|core\.windows\.net)(:\d+)?\/?$/;

type Json = Readonly<Record<string, unknown>>;

/**
 * What a program registers, without an engine, a provider or a credential. The program runs twice, and each time Azure's own choices
 * (principals, generated host names, keys) are others: what differs between the runs depends on them and is unknown.
 */
export async function recordPlan(program: () => void, project: string, scope: PlanScope): Promise<PlannedResource[]> {
  const first = await runOnce(program, project, scope, "a");
  const second = new Map((await runOnce(program, project, scope, "b")).map((each) => [each.urn, each.inputs]));
  return first.map((each) => ({ ...each, inputs: common(each.inputs, second.get(each.urn)) as Json }));
}

/** The value where both runs agree, and the mark of an unknown where they do not. */
export function common(one: unknown, other: unknown): unknown {
  if (isDeepStrictEqual(one, other)) return one;
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.map((each, index) => common(each, other[index]));
  if (isRecord(one) && isRecord(other) && isDeepStrictEqual(Object.keys(one).sort(), Object.keys(other).sort()))
    return Object.fromEntries(Object.entries(one).map(([key, each]) => [key, common(each, other[key])]));
  return UNKNOWN;
}

interface Registration {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getObject(): { toJavaScript(): Json } | undefined;
  getDependenciesList(): string[];
}

interface Monitor {
  registerResource(
    request: Registration,
    callback: (error: unknown, response: { getUrn(): string } | undefined) => void,
  ): Promise<void>;
}

async function runOnce(program: () => void, project: string, scope: PlanScope, salt: string) {
  const registered: (PlannedResource & { readonly custom: boolean })[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) =>
      type === "pulumi:pulumi:Stack" ? { id: "", state: {} } : azure(type, name, inputs),
    call: ({ token }) => Promise.reject(new Error(`the plan cannot ask Azure (${token})`)),
  };
  const azure = (type: string, name: string, inputs: Json) =>
    inScope(salted(answer(type, name, inputs), inputs, salt), scope);
  await pulumi.runtime.setMocks(mocks, project, "plan", false);
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    await register(request, (error, response) => {
      if (response) registered.push(toPlanned(request, response.getUrn()));
      callback(error, response);
    });
  };
  try {
    program();
  } finally {
    // Also after an error: the next run must not see late calls of this one.
    await pulumi.runtime.disconnect();
  }
  return registered.filter((each) => each.custom).map(({ custom: _, ...resource }) => resource);
}

function toPlanned(request: Registration, urn: string) {
  const parent = request.getParent();
  const dependencies = [...new Set(request.getDependenciesList())].sort();
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: withoutSecrets(request.getObject()?.toJavaScript() ?? {}) as Json,
    ...(parent && { parent }),
    ...(dependencies.length > 0 && { dependencies }),
  };
}

/** An answer in which all that Azure chooses is this run's own. */
function salted({ id, state }: { id: string; state: Json }, inputs: Json, salt: string): { id: string; state: Json } {
  return { id: id.startsWith("/subscriptions/") ? id : `${id}-${salt}`, state: marked(state, inputs, salt) as Json };
}

function marked(value: unknown, given: unknown, salt: string): unknown {
  if (isDeepStrictEqual(value, given)) return value;
  if (Array.isArray(value))
    return value.map((each, index) => marked(each, Array.isArray(given) ? given[index] : undefined, salt));
  if (isRecord(value)) {
    const known = isRecord(given) ? given : {};
    // `name` repeats the input that is the name, whatever that is called.
    const isKnown = (key: string) =>
      key === "name" && typeof value.name === "string" && Object.values(known).includes(value.name);
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, isKnown(key) ? each : marked(each, known[key], salt)]),
    );
  }
  if (typeof value !== "string" || value === TENANT_ID || HOSTS_BY_NAME.test(value)) return value;
  return /^[0-9a-f-]{36}$/.test(value) ? guid(value + salt) : `${salt}-${value}`;
}

/** The harness answers for a subscription and a tenant of its own. */
function inScope<Value>(value: Value, { subscriptionId, entraTenantId }: PlanScope): Value {
  const text = JSON.stringify(value).replaceAll(SUBSCRIPTION_ID, subscriptionId).replaceAll(TENANT_ID, entraTenantId);
  return JSON.parse(text) as Value;
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
