import { createHash } from "node:crypto";
import { ArmError, type ArmResource, type ResourceHooks, type ResourceReader, sameId } from "../../core/resources.ts";

export interface HookParts {
  readonly resources: ResourceReader;
  /** The site's port, opened when it is not. */
  readonly port: (resource: ArmResource) => Promise<number>;
  /** The deployment token; `fresh` makes a new one. */
  readonly apiKey: (id: string, fresh?: boolean) => string;
  readonly close: (resource: ArmResource) => Promise<void>;
  /** Fetches an archive and swaps it in. */
  readonly deployFrom: (resource: ArmResource, url: string) => Promise<void>;
}

const SITES = "Microsoft.Web/staticSites";

/** Static sites with linked back ends, custom domains and settings (Microsoft.Web 2025-05-01). */
export function staticSiteHooks(parts: HookParts): readonly ResourceHooks[] {
  const { resources, port, apiKey, close, deployFrom } = parts;
  const settings = async (resource: ArmResource, name: string) => {
    const stored = resources.get(`${resource.id}/config/${name}`);
    const type = `${SITES}/config`;
    return {
      status: 200,
      body: { id: `${resource.id}/config/${name}`, name, type, properties: stored?.properties ?? {} },
    };
  };
  return [
    {
      type: SITES,
      async put({ desired }) {
        const host = `localhost:${await port(desired)}`;
        return {
          defaultHostname: host,
          contentDistributionEndpoint: `https://${host}`,
          keyVaultReferenceIdentity: "SystemAssigned",
        };
      },
      read: (site) => ({
        customDomains: resources.list(`${SITES}/customDomains`, `${site.id}/customDomains/`).map((each) => each.name),
        linkedBackends: resources
          .list(`${SITES}/linkedBackends`, `${site.id}/linkedBackends/`)
          .map((each) => each.properties),
      }),
      delete: close,
      actions: {
        listSecrets: async (site) => ({ status: 200, body: { properties: { apiKey: apiKey(site.id) } } }),
        resetapikey: async (site) => {
          apiKey(site.id, true);
          return { status: 200, body: {} };
        },
        listAppSettings: (site) => settings(site, "appsettings"),
        listFunctionAppSettings: (site) => settings(site, "functionappsettings"),
        listConfiguredRoles: async () => ({ status: 200, body: { properties: [] } }),
        async zipdeploy(site, body) {
          const { appZipUrl, apiZipUrl } = (body.properties ?? {}) as { appZipUrl?: string; apiZipUrl?: string };
          if (apiZipUrl)
            throw new ArmError(501, "NotImplemented", "Managed functions are not emulated: link a back end.");
          if (!appZipUrl || !/^https?:/.test(appZipUrl)) throw new ArmError(400, "BadRequest", "appZipUrl is missing.");
          await deployFrom(site, appZipUrl);
          return { status: 200, body: {} };
        },
      },
    },
    {
      type: `${SITES}/linkedBackends`,
      validate({ desired }) {
        const siteId = desired.id.replace(/\/linkedBackends\/[^/]+$/i, "");
        const others = resources
          .list(`${SITES}/linkedBackends`, `${siteId}/linkedBackends/`)
          .filter((each) => !sameId(each.id, desired.id));
        if (others.length > 0)
          throw new ArmError(409, "Conflict", "A site has one linked back end; unlink the other first.");
        const backend = String(desired.properties.backendResourceId ?? "");
        if (!resources.get(backend))
          throw new ArmError(404, "ResourceNotFound", `The back end ${backend} was not found.`);
      },
      put: async () => ({ provisioningState: "Succeeded", createdOn: new Date().toISOString() }),
    },
    {
      type: `${SITES}/customDomains`,
      put: async ({ desired }) => ({
        domainName: desired.name,
        status: "Ready",
        validationToken: createHash("sha256").update(desired.id.toLowerCase()).digest("hex").slice(0, 32),
        createdOn: new Date().toISOString(),
      }),
    },
    { type: `${SITES}/config` },
  ];
}
