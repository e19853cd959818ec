import { relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type ArmClient, ArmRefusal } from "../armClient.ts";
import { type Properties, ProviderError } from "../rpc/logic.ts";
import { contextFiles } from "./context.ts";

const REGISTRY_VERSION = "2023-01-01-preview";
/** Tasks and runs have an older version than registries. */
const TASK_VERSION = "2019-06-01-preview";
const RESOURCES_VERSION = "2021-04-01";
const FAILED_PRECONDITION = 9;
const FIRST_POLL_MS = 25;
const LONGEST_POLL_MS = 500;
const LOG_LINES = 30;

/** One image to build. */
export interface BuildOrder {
  /** `<registry>/<repository>:<tag>` */
  readonly imageName: string;
  /** Absolute folder. */
  readonly context: string;
  /** Absolute file. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
  readonly push: boolean;
}

/** Builds with the registry's own tasks, and waits. @returns `<registry>/<repository>@sha256:…` */
export async function buildImage(client: ArmClient, order: BuildOrder): Promise<string> {
  const [server = "", ...rest] = order.imageName.split("/");
  const registryId = await findRegistry(client, server);
  const [repository = "", tag = "latest"] = rest.join("/").split(/:(?=[^/]*$)/);
  const run = await runBuild(client, registryId, order, `${repository}:${tag}`);
  const images = (run.outputImages ?? []) as readonly Properties[];
  const digest = images.find((each) => each.repository === repository)?.digest;
  if (typeof digest !== "string") throw failed(`the build of ${order.imageName} left no image`);
  return `${server}/${repository}@${digest}`;
}

/** The registry with a login server, among those that the caller may read. */
async function findRegistry(client: ArmClient, server: string): Promise<string> {
  const $filter = "resourceType eq 'Microsoft.ContainerRegistry/registries'";
  const all = await client.list(`/subscriptions/${client.subscriptionId}/resources`, RESOURCES_VERSION, { $filter });
  for (const { id } of all) {
    const registry = await client.get(String(id), REGISTRY_VERSION);
    const properties = (registry?.properties ?? {}) as Properties;
    if (String(properties.loginServer).toLowerCase() === server.toLowerCase()) return String(registry?.id);
  }
  throw failed(
    `no container registry with the login server '${server}' was found in subscription ${client.subscriptionId}`,
  );
}

/** A local registry takes the emulator's own checkout in place; everything else is uploaded. */
async function runBuild(client: ArmClient, registryId: string, order: BuildOrder, image: string): Promise<Properties> {
  if (isLocal(client)) {
    const run = await tryInPlace(client, registryId, order, image);
    if (run) return run;
  }
  const sourceLocation = await upload(client, registryId, order.context);
  const run = await schedule(client, registryId, order, image, sourceLocation);
  if (run.status === "Succeeded") return run;
  throw failed(
    `the build of ${image} ended as ${String(run.status)}: ${String(run.runErrorMessage ?? "")}\n${await logOf(client, registryId, run)}`,
  );
}

async function tryInPlace(
  client: ArmClient,
  registryId: string,
  order: BuildOrder,
  image: string,
): Promise<Properties | undefined> {
  try {
    const run = await schedule(client, registryId, order, image, pathToFileURL(order.context).href);
    return run.status === "Succeeded" ? run : undefined; // an upload tells what is wrong, if it is not the place
  } catch (error) {
    if (error instanceof ArmRefusal && error.status === 400) return undefined;
    throw error;
  }
}

function isLocal(client: ArmClient): boolean {
  return ["localhost", "127.0.0.1"].includes(new URL(client.signIn.armEndpoint).hostname);
}

async function schedule(
  client: ArmClient,
  registryId: string,
  order: BuildOrder,
  image: string,
  sourceLocation: string,
): Promise<Properties> {
  const [os = "linux", architecture = "amd64"] = (order.platform ?? "linux/amd64").split("/");
  const started = await client.post(`${registryId}/scheduleRun`, TASK_VERSION, {
    type: "DockerBuildRequest",
    sourceLocation,
    dockerFilePath: relative(order.context, order.dockerfile).replaceAll("\\", "/"),
    imageNames: [image],
    isPushEnabled: order.push,
    platform: { os, architecture },
    arguments: Object.entries(order.args).map(([name, value]) => ({ name, value })),
    ...(order.target === undefined ? {} : { target: order.target }),
  });
  const { runId } = (started.properties ?? {}) as Properties;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
    const run = await client.get(`${registryId}/runs/${String(runId ?? started.name)}`, TASK_VERSION);
    const properties = (run?.properties ?? {}) as Properties;
    if (!/^(queued|started|running)$/i.test(String(properties.status))) return { runId, ...properties };
    await delay(pause);
  }
}

/** Sends the context as an archive. @returns where the registry put it */
async function upload(client: ArmClient, registryId: string, context: string): Promise<string> {
  const { create } = await import("tar"); // only uploads need it
  const place = await client.post(`${registryId}/listBuildSourceUploadUrl`, TASK_VERSION);
  const files = await contextFiles(context);
  const archive = await create({ gzip: true, cwd: context, portable: true }, [...files]).concat();
  const answer = await fetch(String(place.uploadUrl), {
    method: "PUT",
    headers: { "x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream" },
    body: new Uint8Array(archive),
  });
  if (!answer.ok) throw failed(`the upload of the build context failed with status ${answer.status}`);
  return String(place.relativePath);
}

async function logOf(client: ArmClient, registryId: string, run: Properties): Promise<string> {
  try {
    const { logLink } = await client.post(`${registryId}/runs/${String(run.runId)}/listLogSasUrl`, TASK_VERSION);
    const text = await (await fetch(String(logLink))).text();
    return text.split("\n").slice(-LOG_LINES).join("\n");
  } catch {
    return ""; // the reason is told already; the log only helps
  }
}

function failed(message: string): ProviderError {
  return new ProviderError(FAILED_PRECONDITION, message);
}
