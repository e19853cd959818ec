import type { AliasSpec } from "./goal.ts";
import { makeUrn, parentType, parseUrn } from "./urn.ts";

interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly aliases: readonly AliasSpec[];
}

/**
 * The URNs that each registered resource may have had. Computed only when asked for: Azure-native resources carry up to
 * 60 aliases, and most resources are found by their own URN.
 */
export class AliasTable {
  readonly #stack: string;
  readonly #project: string;
  readonly #registered = new Map<string, Registered>();
  readonly #resolved = new Map<string, readonly string[]>();

  constructor(stack: string, project: string) {
    this.#stack = stack;
    this.#project = project;
  }

  add(resource: Registered): void {
    this.#registered.set(resource.urn, resource);
  }

  /** Former URNs, the resource's own aliases first, then those that follow from its parents'. */
  of(urn: string): readonly string[] {
    const known = this.#resolved.get(urn);
    if (known) return known;
    const resource = this.#registered.get(urn);
    if (!resource) return [];
    const found = new Set<string>();
    for (const alias of resource.aliases) found.add(this.#resolve(resource, alias, resource.parent, ""));
    for (const parent of this.of(resource.parent)) {
      const name = inheritedName(resource.name, resource.parent, parent);
      found.add(makeUrn(this.#stackOf(parent), this.#projectOf(parent), parentType(parent), resource.type, name));
      for (const alias of resource.aliases) {
        if (alias.kind === "spec" && alias.parentUrn === "" && !alias.noParent) {
          found.add(this.#resolve(resource, alias, parent, name));
        } else if (alias.kind === "spec" && alias.parentUrn === resource.parent) {
          found.add(this.#resolve(resource, { ...alias, parentUrn: "" }, parent, name));
        }
      }
    }
    found.delete(urn);
    const result = [...found];
    this.#resolved.set(urn, result);
    return result;
  }

  #resolve(resource: Registered, alias: AliasSpec, parent: string, inheritedName: string): string {
    if (alias.kind === "urn") return alias.urn;
    const above = alias.noParent ? "" : alias.parentUrn || parent;
    return makeUrn(
      alias.stack || this.#stack,
      alias.project || this.#project,
      parentType(above),
      alias.type || resource.type,
      alias.name || inheritedName || resource.name,
    );
  }

  #stackOf(urn: string): string {
    return parseUrn(urn).stack || this.#stack;
  }

  #projectOf(urn: string): string {
    return parseUrn(urn).project || this.#project;
  }
}

/** Children are often named after their parent: `app-db` under `app` was `old-db` when the parent was `old`. */
function inheritedName(name: string, parent: string, formerParent: string): string {
  const prefix = parseUrn(parent).name;
  return name.startsWith(prefix) ? parseUrn(formerParent).name + name.slice(prefix.length) : name;
}
