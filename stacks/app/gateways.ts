import { ApiManagement, type AppContext } from "@devfactory/components/index.ts";
import type { Resource } from "../spec/index.ts";
import type { AppService } from "./services.ts";

/** Makes the gateways of an app, before services that exist by now. Pages of the app's sites may call them. */
export function makeGateways(
  context: AppContext,
  resources: readonly Resource[],
  made: ReadonlyMap<string, AppService>,
): void {
  const sites = [...made.values()].filter(({ kind }) => kind === "static").map(({ url }) => url);
  for (const resource of resources) {
    if (resource.kind !== "gateway") continue;
    const { name, publisher } = resource;
    const origins = [...sites, ...resource.origins];
    const apis = resource.apis.map(({ name: id, path, service, audience, webhooks }) => {
      const access = { kind: "entra", audience, origins, webhooks } as const;
      return [id, { path, backend: made.get(service)?.url ?? "", access }] as const;
    });
    new ApiManagement(name, { context, publisher, apis: Object.fromEntries(apis) });
  }
}
