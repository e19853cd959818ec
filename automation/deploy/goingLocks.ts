import { busyOf, codeOf, type Passes } from "./waitForAzure.ts";

const LOCK = /^(.*)\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i;
/** ARM's words for it: Microsoft Learn, "Lock your resources to protect your infrastructure". */
const LOCKED = /scope\(s\) are locked: ([^"]*?)\. Please remove/;

/**
 * What passes by itself while a stack is destroyed: besides what always does, a refusal because of locks that are the stack's own. The
 * engine takes them away at the same time as what stands on the locked resources and does not depend on them (rights of consumers).
 *
 * @param ids of what the stack has when the destroy begins
 */
export function goingLocks(ids: readonly string[]): Passes {
  const scopes = new Set(ids.flatMap((id) => LOCK.exec(id)?.[1]?.toLowerCase() ?? []));
  return (message) => {
    if (codeOf(message) !== "ScopeLocked") return busyOf(message);
    const held = LOCKED.exec(message)?.[1]
      ?.split(",")
      .map((scope) => scope.replace(/^[\s']+|[\s']+$/g, "").toLowerCase());
    return held?.every((scope) => scopes.has(scope)) ? { reason: "ScopeLocked" } : undefined;
  };
}
