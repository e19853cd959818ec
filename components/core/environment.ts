import type * as pulumi from "@pulumi/pulumi";
import { ComponentError } from "./errors.ts";
import type { LinkGrant } from "./link.ts";

type Values = Readonly<Record<string, pulumi.Input<string>>>;

/**
 * The variables of a consumer: those of its links and its own. When two links of different components bring the same name, the first
 * keeps the plain one and all get one with their key as suffix: `AZURE_COSMOS_ENDPOINT`, `AZURE_COSMOS_ENDPOINT_ORDERS`.
 *
 * @throws {ComponentError} `ENV_COLLISION` when a name is also set explicitly
 */
export function mergeEnvironment(component: string, links: readonly LinkGrant[], explicit: Values): Values {
  const owners = ownersOf(links);
  const merged: Record<string, pulumi.Input<string>> = { ...explicit };
  const set = (name: string, link: LinkGrant, value: pulumi.Input<string> | undefined) => {
    if (name in explicit) throw new ComponentError("ENV_COLLISION", { component, name, link: link.key });
    if (value !== undefined) merged[name] = value;
  };
  for (const [name, [first, ...others]] of owners) {
    if (first) set(name, first, first.env[name]);
    if (first && others.length > 0) {
      for (const link of [first, ...others]) set(suffixed(name, link), link, link.env[name]);
    }
  }
  return merged;
}

/** Where a consumer with these links finds the variable `name` of one of them. */
export function variableOf(name: string, link: LinkGrant, links: readonly LinkGrant[]): string {
  return (ownersOf(links).get(name) ?? []).length > 1 ? suffixed(name, link) : name;
}

/** The links that bring each variable, one for each component. */
function ownersOf(links: readonly LinkGrant[]): ReadonlyMap<string, readonly LinkGrant[]> {
  const owners = new Map<string, LinkGrant[]>();
  for (const link of links) {
    for (const name of Object.keys(link.env)) {
      const known = owners.get(name) ?? [];
      if (!known.some((other) => other.source === link.source)) owners.set(name, [...known, link]);
    }
  }
  return owners;
}

function suffixed(name: string, link: LinkGrant): string {
  return `${name}_${upperSnake(link.source)}`;
}

/** `order-book` → `ORDER_BOOK`. */
export function upperSnake(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
}
