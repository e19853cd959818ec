import type { RegistryAuth } from "./auth.ts";
import { type DistributionParts, distribute, type RegistryView } from "./distribution.ts";
import { RegistryError } from "./errors.ts";
import type { SourceStore } from "./sources.ts";

/** Everything that a registry's own port answers: distribution, tokens, Azure's catalog, build sources and logs. */
export async function serveRegistry(
  parts: DistributionParts & { readonly sources: SourceStore },
  registry: RegistryView,
  request: Request,
): Promise<Response> {
  const url = new URL(request.url);
  try {
    if (url.pathname === "/oauth2/exchange" && request.method === "POST")
      return await exchange(parts.auth, registry, request);
    if (url.pathname === "/oauth2/token") return await token(parts.auth, registry, request, url);
    if (url.pathname.startsWith("/_tasks/")) return await parts.sources.serve(request, url);
    if (url.pathname.startsWith("/acr/v1/")) return await azureCatalog(parts, registry, request, url);
    return await distribute(parts, registry, request);
  } catch (error) {
    if (error instanceof RegistryError) return error.toResponse();
    throw error;
  }
}

async function exchange(auth: RegistryAuth, registry: RegistryView, request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const refreshToken = await auth.exchange(registry.loginServer, form.get("access_token") ?? "");
  return Response.json({ refresh_token: refreshToken });
}

async function token(auth: RegistryAuth, registry: RegistryView, request: Request, url: URL): Promise<Response> {
  const form = request.method === "POST" ? new URLSearchParams(await request.text()) : url.searchParams;
  const refreshToken = form.get("refresh_token") ?? auth.refreshTokenOf(request.headers.get("authorization")) ?? "";
  const scopes = form.getAll("scope").flatMap((each) => each.split(" ").filter(Boolean));
  return Response.json({
    access_token: await auth.accessToken(registry.loginServer, refreshToken, scopes, registry.id),
  });
}

/** `/acr/v1`: the catalog, tags and manifests with Azure's attributes (Azure Container Registry REST, 2021-07-01). */
async function azureCatalog(
  parts: DistributionParts,
  registry: RegistryView,
  request: Request,
  url: URL,
): Promise<Response> {
  const { auth, catalog } = parts;
  const path = decodeURIComponent(url.pathname.slice("/acr/v1/".length));
  if (path === "_catalog") {
    const missing = await challenge(auth, registry, request, { type: "registry", name: "catalog", action: "*" });
    if (missing) return missing;
    return Response.json({ repositories: catalog.repositories(registry.id) });
  }
  const [, repository = "", kind] = /^(.+)\/(_tags|_manifests)$/.exec(path) ?? [];
  if (!kind) throw new RegistryError("UNSUPPORTED", `${request.method} ${url.pathname} is not emulated`);
  const missing = await challenge(auth, registry, request, { type: "repository", name: repository, action: "pull" });
  if (missing) return missing;
  const base = { registry: registry.loginServer, imageName: repository };
  if (kind === "_tags") {
    const tags = catalog.tags(registry.id, repository);
    return Response.json({
      ...base,
      tags: tags.map((each) => ({ name: each.tag, digest: each.digest, lastUpdateTime: iso(each.updated) })),
    });
  }
  const manifests = catalog.manifests(registry.id, repository).map((each) => ({
    digest: each.digest,
    imageSize: each.size,
    createdTime: iso(each.created),
    lastUpdateTime: iso(each.created),
    mediaType: each.mediaType,
    tags: each.tags,
  }));
  return Response.json({ ...base, manifests });
}

/** The answer to a request without a valid token: it names the scope to ask one for, as clients of Azure expect. */
async function challenge(
  auth: RegistryAuth,
  { loginServer }: RegistryView,
  request: Request,
  scope: { readonly type: string; readonly name: string; readonly action: string },
): Promise<Response | undefined> {
  try {
    await auth.require(request.headers.get("authorization"), loginServer, scope);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== "UNAUTHORIZED") throw error;
    const realm = `realm="https://${loginServer}/oauth2/token",service="${loginServer}"`;
    const wanted = `${scope.type}:${scope.name}:${scope.action}`;
    return error.toResponse({ "www-authenticate": `Bearer ${realm},scope="${wanted}"` });
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
