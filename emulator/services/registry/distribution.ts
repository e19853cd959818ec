import { randomUUID } from "node:crypto";
import { existsSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Clock } from "../../core/clock.ts";
import type { RegistryAuth } from "./auth.ts";
import { type BlobStore, checkDigest, digestOf } from "./blobs.ts";
import type { Catalog } from "./catalog.ts";
import { RegistryError } from "./errors.ts";

/** One registry resource as its listener sees it. */
export interface RegistryView {
  /** Resource id in lower case. */
  readonly id: string;
  /** `localhost:<port>`, also the service name of tokens. */
  readonly loginServer: string;
}

export interface DistributionParts {
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly auth: RegistryAuth;
  readonly clock: Clock;
}

const NAME = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const ROUTE = /^\/v2\/(.+)\/(blobs|manifests|tags)\/(.+)$/;
const VERSION = { "docker-distribution-api-version": "registry/2.0" };
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

interface Call extends DistributionParts {
  readonly registry: RegistryView;
  readonly request: Request;
  readonly url: URL;
  readonly repository: string;
  readonly rest: string;
}

/** Answers the OCI distribution API v2 of one registry, with the `WWW-Authenticate` challenge that starts the token flow. */
export async function distribute(
  parts: DistributionParts,
  registry: RegistryView,
  request: Request,
): Promise<Response> {
  let scope: string | undefined;
  try {
    const url = new URL(request.url);
    const authorization = request.headers.get("authorization");
    if (url.pathname === "/v2/" || url.pathname === "/v2") {
      await parts.auth.requireAny(authorization, registry.loginServer);
      return Response.json({}, { headers: VERSION });
    }
    if (url.pathname === "/v2/_catalog") {
      scope = "registry:catalog:*";
      await parts.auth.require(authorization, registry.loginServer, { type: "registry", name: "catalog", action: "*" });
      return Response.json({ repositories: parts.catalog.repositories(registry.id) }, { headers: VERSION });
    }
    const match = ROUTE.exec(decodeURIComponent(url.pathname));
    if (!match) throw new RegistryError("NAME_INVALID", `${url.pathname} is no path of this API`);
    const [, repository = "", kind, rest = ""] = match;
    if (!NAME.test(repository)) throw new RegistryError("NAME_INVALID", `${repository} is no repository name`);
    const action = actionOf(request.method);
    scope = `repository:${repository}:${action === "push" ? "pull,push" : action}`;
    await parts.auth.require(authorization, registry.loginServer, { type: "repository", name: repository, action });
    const call = { ...parts, registry, request, url, repository, rest };
    if (kind === "tags") return listTags(call);
    return await (kind === "blobs" ? blobs(call) : manifests(call));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const realm = `https://${registry.loginServer}/oauth2/token`;
    const challenge = `Bearer realm="${realm}",service="${registry.loginServer}"${scope ? `,scope="${scope}"` : ""}`;
    return error.toResponse(error.code === "UNAUTHORIZED" ? { "www-authenticate": challenge } : {});
  }
}

function actionOf(method: string): "pull" | "push" | "delete" {
  if (method === "GET" || method === "HEAD") return "pull";
  return method === "DELETE" ? "delete" : "push";
}

function listTags({ catalog, registry, repository, rest }: Call): Response {
  if (rest !== "list") throw new RegistryError("NAME_INVALID", `${rest} is no path of this API`);
  const tags = catalog.tags(registry.id, repository).map((each) => each.tag);
  if (tags.length === 0 && !catalog.repositories(registry.id).includes(repository)) {
    throw new RegistryError("NAME_UNKNOWN", `no repository ${repository}`);
  }
  return Response.json({ name: repository, tags }, { headers: VERSION });
}

async function blobs(call: Call): Promise<Response> {
  const { request, rest, catalog, blobs: store, registry, repository } = call;
  if (rest === "uploads" || rest === "uploads/") return startUpload(call);
  if (rest.startsWith("uploads/")) return continueUpload(call, rest.slice("uploads/".length));
  const digest = checkDigest(rest);
  if (request.method !== "GET" && request.method !== "HEAD")
    throw new RegistryError("UNSUPPORTED", "blobs cannot be changed");
  if (!catalog.hasBlob(registry.id, repository, digest) || !store.has(digest)) {
    throw new RegistryError("BLOB_UNKNOWN", `no blob ${digest} in ${repository}`);
  }
  const headers = {
    ...VERSION,
    "content-type": "application/octet-stream",
    "content-length": `${store.size(digest)}`,
    "docker-content-digest": digest,
  };
  return new Response(request.method === "HEAD" ? null : store.stream(digest), { headers });
}

async function startUpload(call: Call): Promise<Response> {
  const { request, url, catalog, registry, repository, blobs: store } = call;
  if (request.method !== "POST") throw new RegistryError("UNSUPPORTED", `${request.method} is not supported here`);
  const mount = url.searchParams.get("mount");
  const from = url.searchParams.get("from") ?? repository;
  if (mount && catalog.hasBlob(registry.id, from, mount)) {
    const target = { type: "repository", name: from, action: "pull" };
    await call.auth.require(request.headers.get("authorization"), registry.loginServer, target);
    catalog.linkBlob(registry.id, repository, mount);
    return created(call, mount, "blobs");
  }
  const id = randomUUID();
  const digest = url.searchParams.get("digest");
  const length = await store.append(store.newUpload(id), request.body);
  return digest ? finishUpload(call, id, digest) : accepted(call, id, length);
}

async function continueUpload(call: Call, id: string): Promise<Response> {
  const { request, url, blobs: store } = call;
  const path = store.newUpload(id);
  if (!/^[0-9a-f-]{36}$/.test(id) || !existsSync(path))
    throw new RegistryError("BLOB_UPLOAD_UNKNOWN", `no upload ${id}`);
  if (request.method === "GET") return accepted(call, id, statSync(path).size, 204);
  if (request.method === "DELETE") {
    rmSync(path, { force: true });
    return new Response(null, { status: 204, headers: VERSION });
  }
  const from = /^(\d+)-/.exec(request.headers.get("content-range") ?? "")?.[1];
  if (from !== undefined && Number(from) !== statSync(path).size)
    throw new RegistryError("BLOB_UPLOAD_INVALID", "the range does not follow");
  const length = await store.append(path, request.body);
  if (request.method === "PATCH") return accepted(call, id, length);
  return finishUpload(call, id, url.searchParams.get("digest") ?? "");
}

async function finishUpload(call: Call, id: string, digest: string): Promise<Response> {
  await call.blobs.adopt(call.blobs.newUpload(id), digest);
  call.catalog.linkBlob(call.registry.id, call.repository, digest);
  return created(call, digest, "blobs");
}

function accepted({ repository }: Call, id: string, length: number, status = 202): Response {
  const headers = {
    ...VERSION,
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(length - 1, 0)}`,
    "docker-upload-uuid": id,
  };
  return new Response(null, { status, headers });
}

function created({ repository }: Call, digest: string, kind: string): Response {
  const headers = { ...VERSION, location: `/v2/${repository}/${kind}/${digest}`, "docker-content-digest": digest };
  return new Response(null, { status: 201, headers });
}

async function manifests(call: Call): Promise<Response> {
  const { request, rest, catalog, registry, repository, blobs: store } = call;
  if (request.method === "PUT") return putManifest(call);
  if (request.method === "DELETE") {
    const gone = rest.startsWith("sha256:")
      ? catalog.deleteManifest(registry.id, repository, rest)
      : catalog.deleteTag(registry.id, repository, rest);
    if (!gone) throw new RegistryError("MANIFEST_UNKNOWN", `no manifest ${rest} in ${repository}`);
    return new Response(null, { status: 202, headers: VERSION });
  }
  const found = catalog.manifest(registry.id, repository, rest);
  if (!found || !store.has(found.digest))
    throw new RegistryError("MANIFEST_UNKNOWN", `no manifest ${rest} in ${repository}`);
  const headers = {
    ...VERSION,
    "content-type": found.mediaType,
    "content-length": `${store.size(found.digest)}`,
    "docker-content-digest": found.digest,
    etag: `"${found.digest}"`,
  };
  return new Response(request.method === "HEAD" ? null : await readFile(store.path(found.digest)), { headers });
}

async function putManifest(call: Call): Promise<Response> {
  const { request, rest, catalog, registry, repository, blobs: store, clock } = call;
  const bytes = Buffer.from(await request.arrayBuffer());
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw new RegistryError("MANIFEST_INVALID", "the manifest is larger than 4 MiB");
  const digest = digestOf(bytes);
  const byDigest = rest.startsWith("sha256:");
  if (byDigest && rest !== digest)
    throw new RegistryError("DIGEST_INVALID", `the manifest has the digest ${digest}, not ${rest}`);
  if (!byDigest && !TAG.test(rest)) throw new RegistryError("MANIFEST_INVALID", `${rest} is no tag`);
  const manifest = parse(bytes);
  for (const { digest: part } of [manifest.config, ...(manifest.layers ?? [])].filter((each) => each !== undefined)) {
    if (!catalog.hasBlob(registry.id, repository, part))
      throw new RegistryError("MANIFEST_BLOB_UNKNOWN", `no blob ${part} in ${repository}`);
  }
  for (const { digest: part } of manifest.manifests ?? []) {
    if (!catalog.manifest(registry.id, repository, part))
      throw new RegistryError("MANIFEST_BLOB_UNKNOWN", `no manifest ${part}`);
  }
  await store.put(bytes);
  const mediaType =
    request.headers.get("content-type") ?? manifest.mediaType ?? "application/vnd.oci.image.manifest.v1+json";
  catalog.putManifest(
    registry.id,
    repository,
    { digest, mediaType, size: bytes.length },
    byDigest ? undefined : rest,
    clock.now(),
  );
  return created(call, digest, "manifests");
}

interface Descriptor {
  readonly digest: string;
}

/** The parts of an image manifest or index that are checked. */
export interface ManifestBody {
  readonly mediaType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly (Descriptor & { readonly mediaType: string })[];
  readonly manifests?: readonly Descriptor[];
}

function parse(bytes: Buffer): ManifestBody {
  try {
    return JSON.parse(bytes.toString()) as ManifestBody;
  } catch (cause) {
    throw new RegistryError("MANIFEST_INVALID", cause instanceof Error ? cause.message : "not JSON");
  }
}
