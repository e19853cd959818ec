import { ApiManagement, type AppContext } from "@devfactory/components/index.ts";
import type { Resource } from "../spec/index.ts";
import type { AppService } from "./services.ts";

/** Makes the gateways of an app, before services that exist by now. */
export function makeGateways(
  context: AppContext,
  resources: readonly Resource[],
  made: ReadonlyMap<string, AppService>,
): void {
  for (const resource of resources) {
    if (resource.kind !== "gateway") continue;
    const { name, publisher } = resource;
    const apis = resource.apis.map(({ name: id, path, service, audience }) => {
      const access = { kind: "entra", audience } as const;
      return [id, { path, backend: made.get(service)?.url ?? "", access }] as const;
    });
    new ApiManagement(name, { context, publisher, apis: Object.fromEntries(apis) });
  }
}
