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

/** Something of an app that was deleted and that Azure keeps: it holds its name. */
export interface DeletedResource {
  /** ARM type. */
  readonly type: string;
  readonly name: string;
  readonly location: string;
  readonly purgeProtected: boolean;
}

/** What Azure keeps of an app, by the app's own tag. */
export async function deletedOf(
  appId: string,
  source: FactSource,
  signal?: AbortSignal,
): Promise<readonly DeletedResource[]> {
  const arm = new ArmReader(source, signal);
  const lists = new Map(
    Object.values(ARM_TYPES).flatMap((row) => (row.deletedList && PURGES[row.armType] ? [[row.armType, row]] : [])),
  );
  const found: DeletedResource[] = [];
  for (const { armType: type, apiVersion, deletedList } of lists.values()) {
    for (const row of (await arm.list(`/providers/${deletedList}`, apiVersion)) as DeletedRow[]) {
      const { name, properties = {} } = row;
      if ((properties.tags ?? row.tags)?.["devfactory-app"] !== appId) continue;
      const location = properties.location ?? row.location ?? "";
      found.push({ type, name, location, purgeProtected: properties.purgeProtectionEnabled === true });
    }
  }
  return found;
}

/**
 * Frees the names of what an app had and Azure keeps as "soft-deleted". Only what carries the app's own tag is touched, and nothing that is
 * protected against purging.
 *
 * @param only names; absent: all of the app
 */
export async function freeNames(
  appId: string,
  source: FactSource,
  signal?: AbortSignal,
  only?: readonly string[],
): Promise<HeldNames> {
  const arm = new ArmReader(source, signal);
  const freed: string[] = [];
  const held: string[] = [];
  for (const { type, name, location, purgeProtected } of await deletedOf(appId, source, signal)) {
    if (only && !only.includes(name)) continue;
    const purge = PURGES[type];
    const version = Object.values(ARM_TYPES).find(({ armType }) => armType === type)?.apiVersion ?? "";
    if (!purge || purgeProtected) {
      held.push(name);
      continue;
    }
    const path = `/providers/${purge.path.replace("{l}", location).replace("{n}", name)}`;
    if (purge.method === "post") await arm.post(path, version, undefined);
    else await arm.remove(path, version);
    freed.push(name);
  }
  return { freed, held };
}
