import type * as pulumi from "@pulumi/pulumi";
import { type OtherRole, type RoleName, roleOf } from "./roles.ts";

/** A role of ARM on one scope. */
export interface RoleGrant {
  readonly role: RoleName | OtherRole;
  readonly scope: pulumi.Input<string>;
  /** ABAC condition, version 2.0. */
  readonly condition?: string;
}

/** A right inside a service that ARM's roles do not reach. */
export type DataGrant =
  | {
      readonly kind: "cosmos";
      readonly access: "read" | "readwrite";
      readonly resourceGroupName: pulumi.Input<string>;
      readonly accountName: pulumi.Input<string>;
      readonly accountId: pulumi.Input<string>;
      /** `<accountId>/dbs/<database>`, or below it. */
      readonly scope: pulumi.Input<string>;
    }
  | {
      readonly kind: "postgres";
      /** A right inside one database, given by statements. @default the consumer administers the server */
      readonly inside?: {
        readonly access: "read" | "readwrite" | "migrate";
        readonly databaseName: string;
        readonly host: pulumi.Input<string>;
        readonly port: pulumi.Input<string>;
      };
      readonly resourceGroupName: pulumi.Input<string>;
      readonly serverName: pulumi.Input<string>;
      readonly serverId: pulumi.Input<string>;
    }
  | {
      readonly kind: "sql";
      readonly access: "read" | "readwrite" | "migrate";
      /** Host name of the server. */
      readonly host: pulumi.Input<string>;
      readonly databaseName: pulumi.Input<string>;
      readonly databaseId: pulumi.Input<string>;
    };

/**
 * What a consumer gets: a pure description that creates nothing. The consumer makes its identity and the assignments, so neither
 * end changes the other and no cycle can arise.
 */
export interface LinkGrant {
  /** Names the target within the consumer: its child is `${consumer}-to-${key}`. */
  readonly key: string;
  /** The component behind it; variables of the same component are the same. */
  readonly source: string;
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  /** What the linked part is called, by property of the generated reader: `{ queueName: "jobs" }`. Plain, because code holds it. */
  readonly names?: Readonly<Record<string, string>>;
  /** Variables that take the name of the consumer's identity. */
  readonly identityNameEnv?: readonly string[];
  readonly roles: readonly RoleGrant[];
  readonly data?: readonly DataGrant[];
  /** What must exist before the grant and the consumer. */
  readonly prerequisites?: readonly pulumi.Resource[];
}

/** One link per key: rights are joined, equal roles on one target are given once. */
export function mergeGrants(grants: readonly LinkGrant[]): readonly LinkGrant[] {
  const byKey = new Map<string, LinkGrant>();
  for (const grant of grants) {
    const known = byKey.get(grant.key);
    byKey.set(grant.key, known ? joined(known, grant) : grant);
  }
  return [...byKey.values()];
}

function joined(a: LinkGrant, b: LinkGrant): LinkGrant {
  const strongest = [...(a.data ?? []), ...(b.data ?? [])].sort((x, y) => strength(y) - strength(x)).slice(0, 1);
  return {
    ...a,
    env: { ...a.env, ...b.env },
    identityNameEnv: [...new Set([...(a.identityNameEnv ?? []), ...(b.identityNameEnv ?? [])])],
    roles: [...new Map([...a.roles, ...b.roles].map((grant) => [roleOf(grant.role).name, grant])).values()],
    data: strongest,
    prerequisites: [...new Set([...(a.prerequisites ?? []), ...(b.prerequisites ?? [])])],
  };
}

function strength(grant: DataGrant): number {
  if (grant.kind === "postgres" && grant.inside === undefined) return 2;
  const access = grant.kind === "postgres" ? (grant.inside?.access ?? "migrate") : grant.access;
  return { read: 0, readwrite: 1, migrate: 2 }[access];
}
