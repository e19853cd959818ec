import type * as pulumi from "@pulumi/pulumi";
import { ComponentError } from "./errors.ts";
import type { LinkGrant, RoleGrant } from "./link.ts";
import type { OtherRole, RoleName } from "./roles.ts";

/** What one access level of a raw resource gives: a role on the resource itself, or grants on scopes of your own. */
export type LevelGrant = RoleName | OtherRole | readonly RoleGrant[];

/** How a raw resource is linked to. */
export interface Describe<Level extends string> {
  /** Names it within its consumers, `${consumer}-to-${key}`; unique within the deployment. */
  readonly key: string;
  /** Variables that its consumers get, at every level. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** The levels, each with the least that it needs. */
  readonly access: Readonly<Record<Level, LevelGrant>>;
}

/** What can be linked to, as the components can. */
export interface Linkable<Level extends string> {
  /** Describes the access; creates nothing. @throws {ComponentError} `LINK_UNSUPPORTED` for a level that was not described */
  link(access: Level): LinkGrant;
}

/**
 * Lets components link to a resource that no component covers. Nothing about the resource or its class is changed, and nothing is made:
 * the consumer makes the assignments, as for every link, and waits for the resource.
 *
 * ```ts
 * const news = linkable(topic, (it) => ({
 *   key: "news",
 *   env: { AZURE_EVENT_GRID_ENDPOINT: it.endpoint },
 *   access: { send: { name: "eventGridSender", id: "d5a91429-5739-47e2-a06b-3470a27159e7", title: "EventGrid Data Sender" } },
 * }));
 * new ContainerApp("api", { ...app, link: [news.link("send")] });
 * ```
 *
 * Whoever deploys must be allowed to assign the roles: a deployment service that is limited to `APP_ROLES` is not.
 */
export function linkable<Resource extends pulumi.CustomResource, const Level extends string>(
  resource: Resource,
  describe: (resource: Resource) => Describe<Level>,
): Linkable<Level> {
  const { key, env = {}, access: levels } = describe(resource);
  return {
    link(access) {
      const given: LevelGrant | undefined = Object.hasOwn(levels, access) ? levels[access] : undefined;
      if (given === undefined) {
        throw new ComponentError("LINK_UNSUPPORTED", { component: "A consumer", target: key, access });
      }
      const roles = isGrants(given) ? given : [{ role: given, scope: resource.id }];
      return { key, source: key, env, roles, prerequisites: [resource] };
    },
  };
}

function isGrants(given: LevelGrant): given is readonly RoleGrant[] {
  return Array.isArray(given);
}
