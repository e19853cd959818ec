import { setTimeout as sleep } from "node:timers/promises";
import { hasTags, parentOf, placeOf, versionOf } from "./armId.ts";
import type { RecoveryNote } from "./messages.ts";

/** Tag that every resource of an app carries (`stacks/app`). */
export const OWNER_TAG = "devfactory-app";

/** A create that was begun and whose end is not in the state. */
export interface PendingCreate {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

interface Found {
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface AdoptOptions {
  readonly app: string;
  readonly subscriptionId: string;
  /** The resource of an id, nothing when it is not there. */
  readonly read: (id: string, apiVersion: string) => Promise<Found | undefined>;
  readonly tell: (note: RecoveryNote) => void;
  readonly signal: AbortSignal;
  /** How long Azure may still be at work on it. @default 120000 */
  readonly settleMs?: number;
}

/** A name of the app is held by something that is not the app's. */
export class NotOurs extends Error {
  readonly id: string;

  constructor(id: string) {
    super(`${id} exists, and does not carry this app's tag`);
    this.name = "NotOurs";
    this.id = id;
  }
}

const VERSION_OF_GROUPS = "2021-04-01";
const SETTLE_MS = 120_000;
const LOOK_MS = 1_000;
const AT_WORK = /^(?:accepted|creating|updating|inprogress|running|provisioning|pending)$/i;

/**
 * Decides about creates whose answer was lost: what exists under the name that the program gives it and is the app's is taken over, what
 * does not exist is forgotten, and what is somebody else's stops the deployment: nothing of it is changed or deleted.
 *
 * @returns URN → id of what is to be imported
 * @throws {NotOurs}
 */
export async function adoptPending(
  pending: readonly PendingCreate[],
  options: AdoptOptions,
): Promise<ReadonlyMap<string, string>> {
  const { subscriptionId, read, tell } = options;
  const adopted = new Map<string, string>();
  for (const create of pending) {
    const { urn, type } = create;
    const place = placeOf(type, create.inputs, subscriptionId);
    if (!place) {
      tell({ action: "forgotten", urn, message: `Forgot the begun create of ${type}: its id in Azure is not known` });
      continue;
    }
    const { id, apiVersion } = place;
    const found = await settled(() => read(id, apiVersion), options);
    if (!found) {
      tell({ action: "forgotten", urn, id, message: `Forgot a begun create: Azure does not have ${id}` });
    } else if (await isOurs(id, found, create, options)) {
      adopted.set(urn, id);
      tell({ action: "adopted", urn, id, message: `Took over what was made and not recorded: ${id}` });
    } else {
      tell({ action: "refused", urn, id, message: `Left alone, it is not this app's: ${id}` });
      throw new NotOurs(id);
    }
  }
  return adopted;
}

/** The request of a process that died may still be at work: what it makes is looked at when it is done. */
async function settled(
  read: () => Promise<Found | undefined>,
  { settleMs = SETTLE_MS, signal }: AdoptOptions,
): Promise<Found | undefined> {
  for (const end = performance.now() + settleMs; ; await sleep(LOOK_MS, undefined, { signal })) {
    const found = await read();
    if (!found || !AT_WORK.test(String(found.properties?.provisioningState ?? "")) || performance.now() > end)
      return found;
  }
}

/** The app's tag decides; what cannot carry one belongs with what it stands on, and a role assignment is what it says. */
async function isOurs(id: string, found: Found, create: PendingCreate, options: AdoptOptions): Promise<boolean> {
  if (/\/roleAssignments\/[^/]+$/i.test(id)) {
    const same = (name: string) =>
      String(found.properties?.[name]).toLowerCase() === String(create.inputs[name]).toLowerCase();
    return same("principalId") && same("roleDefinitionId");
  }
  let at = id;
  let there: Found | undefined = found;
  while (there && !hasTags(at)) {
    const parent = parentOf(at);
    if (parent === undefined) return false;
    at = parent;
    const version = parentOf(at) === undefined ? VERSION_OF_GROUPS : versionOf(at);
    there = version === undefined ? undefined : await options.read(at, version);
  }
  return there?.tags?.[OWNER_TAG] === options.app;
}
