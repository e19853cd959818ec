import { ARM_TYPES } from "@devfactory/checks/index.ts";
import { ArmReader } from "../preflight/armReader.ts";
import type { FactSource } from "../preflight/gatherFacts.ts";

interface DeletedRow {
  readonly name: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: {
    readonly location?: string;
    readonly tags?: Readonly<Record<string, string>>;
    readonly purgeProtectionEnabled?: boolean;
  };
}

/** How a deleted one of each kind is removed for good: relative to `…/locations/{location}/`. Source: the services' REST references. */
const PURGES: Readonly<Record<string, { readonly path: string; readonly method: "post" | "delete" }>> = {
  "Microsoft.KeyVault/vaults": { path: "Microsoft.KeyVault/locations/{l}/deletedVaults/{n}/purge", method: "post" },
  "Microsoft.AppConfiguration/configurationStores": {
    path: "Microsoft.AppConfiguration/locations/{l}/deletedConfigurationStores/{n}/purge",
    method: "post",
  },
  "Microsoft.ApiManagement/service": {
    path: "Microsoft.ApiManagement/locations/{l}/deletedservices/{n}",
    method: "delete",
  },
};

/** Names of deleted things that Azure goes on holding. */
export interface HeldNames {
  readonly freed: readonly string[];
  /** Protected against it: the name is free when Azure lets it go. */
  readonly held: readonly string[];
}

/**
 * Frees the names of what a destroyed app had and Azure keeps as "soft-deleted". Only what carries the app's own tag is touched, and
 * nothing that is protected against purging.
 */
export async function freeNames(appId: string, source: FactSource, signal?: AbortSignal): Promise<HeldNames> {
  const arm = new ArmReader(source, signal);
  const freed: string[] = [];
  const held: string[] = [];
  const rows = new Map(
    Object.values(ARM_TYPES).flatMap((row) => (row.deletedList && PURGES[row.armType] ? [[row.armType, row]] : [])),
  );
  for (const { armType, apiVersion, deletedList } of rows.values()) {
    for (const row of (await arm.list(`/providers/${deletedList}`, apiVersion)) as DeletedRow[]) {
      const { name, properties = {} } = row;
      if ((properties.tags ?? row.tags)?.["devfactory-app"] !== appId) continue;
      const purge = PURGES[armType];
      if (!purge || properties.purgeProtectionEnabled === true) {
        held.push(name);
        continue;
      }
      const location = properties.location ?? row.location ?? "";
      const path = `/providers/${purge.path.replace("{l}", location).replace("{n}", name)}`;
      if (purge.method === "post") await arm.post(path, apiVersion, undefined);
      else await arm.remove(path, apiVersion);
      freed.push(name);
    }
  }
  return { freed, held };
}
