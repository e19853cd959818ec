import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import type { TokenCredential } from "@azure/identity";
import { ContainerRegistryManagementClient } from "arm-registry-tasks";
import { type Arm, createArm } from "../../arm/index.ts";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { type TestContext, testContext } from "../../testing/context.ts";

const SUBSCRIPTION = "22222222-2222-4222-8222-222222222222";
const TENANT = "11111111-1111-4111-8111-111111111111";
const OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;

/** Services behind the real ARM of the emulator, for tests with the real clients. The caller `owner` may do everything. */
export interface TestCloud extends AsyncDisposable {
  readonly context: EmulatorContext & Pick<TestContext, "clock">;
  readonly group: string;
  readonly credential: TokenCredential;
  readonly registries: ContainerRegistryManagementClient;
  readonly apps: ContainerAppsAPIClient;
  /** A request to ARM by `owner`; the body of the answer. Long-running ones are awaited. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Object id of an identity made for a test, allowed to pull images. */
  puller(resourceId: string): Promise<string>;
  /** The signed-in caller's token for an audience. */
  token(objectId: string, audience: string): Promise<string>;
  /** Stops the services and ARM, keeping the data. */
  stop(): Promise<void>;
}

/** @param make the services under test, started before ARM; `dataDir` reuses an earlier life's data */
export async function testCloud(
  make: (context: EmulatorContext) => readonly EmulatorService[],
  dataDir?: string,
): Promise<TestCloud> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), "devfactory-hosts-"));
  const base = await testContext(folder);
  setDefaultCACertificates([...getCACertificates("default"), base.certificates.ca]); // the clients in this process trust it
  const directory = {
    principalType: () => "ServicePrincipal",
    groupsOf: () => [],
    systemIdentity: (resourceId: string) => ({ principalId: systemPrincipal(resourceId), tenantId: TENANT }),
    forgetIdentity: () => {},
  };
  const options = { subscriptionId: SUBSCRIPTION, tenantId: TENANT, directory, authority: () => "https://localhost" };
  const arm: Arm = createArm(base, options);
  const context = { ...base, resources: arm.store, access: arm.access };
  arm.seedAssignment(randomUUID(), "owner", OWNER_ROLE, `/subscriptions/${SUBSCRIPTION}`);
  const services = make(context);
  for (const service of services) await service.start();
  await arm.start(services);
  const credential = base.credential("owner");
  const call = (method: string, path: string, body?: unknown) => callArm(arm.url, base, method, path, body);
  await call("PUT", GROUP, { location: "westeurope" });
  const stop = async () => {
    await arm.stop();
    for (const service of services.toReversed()) await service.stop();
    await base[Symbol.asyncDispose]();
  };
  let stopped = false;
  const stopOnce = async () => {
    if (!stopped) await stop();
    stopped = true;
  };
  const registries = new ContainerRegistryManagementClient(credential, SUBSCRIPTION, { endpoint: arm.url });
  return {
    context,
    group: GROUP,
    credential,
    registries,
    apps: new ContainerAppsAPIClient(credential, SUBSCRIPTION, { endpoint: arm.url }),
    call,
    async puller(resourceId) {
      const principalId = systemPrincipal(resourceId);
      arm.seedAssignment(uuidOf(`${principalId} pulls`), principalId, ACR_PULL, GROUP);
      return principalId;
    },
    token: async (objectId, audience) =>
      (await base.credential(objectId).getToken(`${audience}/.default`))?.token ?? "",
    stop: stopOnce,
    [Symbol.asyncDispose]: async () => {
      await stopOnce();
      if (!dataDir) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Object id of the system-assigned identity that the test directory gives a resource. */
function systemPrincipal(resourceId: string): string {
  return uuidOf(resourceId.toLowerCase());
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function callArm(
  url: string,
  base: TestContext,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const token = (await base.credential("owner").getToken("https://management.azure.com/.default"))?.token ?? "";
  const separator = path.includes("?") ? "&" : "?";
  const target = path.startsWith("http")
    ? path
    : `${url}${path}${path.includes("api-version") ? "" : `${separator}api-version=2025-01-01`}`;
  const answer = await httpsJson(base.certificates.ca, method, target, { authorization: `Bearer ${token}` }, body);
  const next = answer.headers["azure-asyncoperation"] ?? answer.headers.location;
  if (!next || (answer.status !== 201 && answer.status !== 202 && answer.status !== 200)) return answer;
  for (;;) {
    const poll = await httpsJson(base.certificates.ca, "GET", String(next), { authorization: `Bearer ${token}` });
    if (poll.status === 202 || poll.body.status === "InProgress")
      await new Promise((resolve) => setTimeout(resolve, 20));
    else if (poll.body.status === "Failed") return { status: 400, body: poll.body };
    else if (method === "PUT") return callArm(url, base, "GET", path, undefined);
    else return poll;
  }
}

/** One https request that trusts the local authority; the body is parsed when it is JSON. */
export function httpsJson(
  ca: string,
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<{
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
  text: string;
}> {
  return new Promise((resolve, reject) => {
    const raw = Buffer.isBuffer(body) || typeof body === "string";
    const type: Record<string, string> = body === undefined || raw ? {} : { "content-type": "application/json" };
    const call = httpsRequest(url, { method, ca, agent: false, headers: { ...type, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parse(text), text });
      });
      answer.on("error", reject);
    });
    call.on("error", reject);
    call.end(body === undefined ? undefined : raw ? body : JSON.stringify(body));
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
