import { armError } from "./errors.ts";
import { parentId } from "./path.ts";
import type { ResourceStore } from "./store.ts";

const LOCKS = "Microsoft.Authorization/locks";

/**
 * Refuses what a lock forbids: `CanNotDelete` stops DELETE of its scope, of all below and of every parent; `ReadOnly` also stops
 * PUT, PATCH and POST at its scope and below. Locks themselves can always be removed.
 *
 * @throws ArmError `ScopeLocked`
 */
export function checkLocks(store: ResourceStore, method: string, id: string, type: string): void {
  if (type.toLowerCase() === LOCKS.toLowerCase()) return;
  const target = `${id.toLowerCase()}/`;
  const locked = store.list(LOCKS).filter((lock) => {
    const scope = `${parentId(lock.id).toLowerCase()}/`;
    const above = target.startsWith(scope);
    if (method === "DELETE") return above || scope.startsWith(target);
    return above && lock.properties.level === "ReadOnly";
  });
  if (locked.length === 0) return;
  const scopes = [...new Set(locked.map((lock) => parentId(lock.id)))].join(", ");
  const verb = method === "DELETE" ? "delete" : "write";
  throw armError("ScopeLocked", { scope: id, verb, locked: scopes });
}
