import { randomUUID } from "node:crypto";
import { EngineError } from "../engineError.ts";
import type { Bucket } from "./bucket.ts";
import { settleJournal } from "./checkpoint.ts";
import { locksFolder } from "./layout.ts";
import { isDead, type LockContent, ownLock } from "./lockHolder.ts";
import type { StackReference } from "./stackReference.ts";

/** A stack that is held for one operation. */
export interface StackLock {
  /** What the user should know: locks of killed processes that were taken over. */
  readonly warnings: readonly string[];
  release(): Promise<void>;
}

/** A lock file of somebody; `content` is missing when it cannot be read. */
interface FoundLock {
  readonly key: string;
  readonly content: LockContent | undefined;
  readonly dead: boolean;
}

/**
 * Takes the stack for one operation: refuse when somebody holds it, write the own file, look again (two may have written
 * at the same moment; then both step back). Locks whose holders are gone are removed. What a killed operation left in a
 * journal becomes state. A file that only one can create would make nothing safer: the real CLI's locks have names of
 * their own too, and who looks after writing sees all others.
 *
 * @param settle false: a journal that cannot be folded in is left alone, because the state will be replaced or removed
 * @throws EngineError `the stack is currently locked by N lock(s). …`
 */
export async function lockStack(bucket: Bucket, stack: StackReference, { settle = true } = {}): Promise<StackLock> {
  const own = `${locksFolder(stack)}/${randomUUID()}.json`;
  refuseLiving(bucket, await findLocks(bucket, stack));
  await bucket.write(own, JSON.stringify(ownLock()));
  const release = () => bucket.remove(own);
  try {
    const others = (await findLocks(bucket, stack)).filter(({ key }) => key !== own);
    refuseLiving(bucket, others);
    for (const { key } of others) await bucket.remove(key);
    await settleJournal(bucket, stack).catch((error: unknown) => {
      if (settle || !(error instanceof EngineError)) throw error;
    });
    return { warnings: others.map(({ content }) => takeoverWarning(content)), release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** True when somebody who may still be at work holds the stack. */
export async function isHeld(bucket: Bucket, stack: StackReference): Promise<boolean> {
  return (await findLocks(bucket, stack)).some(({ dead }) => !dead);
}

/** Removes every lock of a stack (`pulumi cancel`); the processes that wrote them are not stopped. */
export async function breakLocks(bucket: Bucket, stack: StackReference): Promise<void> {
  await bucket.remove(locksFolder(stack));
}

async function findLocks(bucket: Bucket, stack: StackReference): Promise<readonly FoundLock[]> {
  const folder = locksFolder(stack);
  const names = (await bucket.list(folder)).filter((name) => name.endsWith(".json"));
  const found = await Promise.all(names.map((name) => readLock(bucket, `${folder}/${name}`)));
  return found.filter((lock) => lock !== undefined);
}

async function readLock(bucket: Bucket, key: string): Promise<FoundLock | undefined> {
  const text = await bucket.read(key);
  if (text === undefined) return undefined; // released meanwhile
  const content = parseLock(text);
  return { key, content, dead: content !== undefined && isDead(content, bucket.local) };
}

function parseLock(text: string): LockContent | undefined {
  try {
    const content = JSON.parse(text) as Partial<LockContent> | null;
    return typeof content?.pid === "number" && typeof content.hostname === "string"
      ? (content as LockContent)
      : undefined;
  } catch {
    return undefined; // told to the user as a lock that cannot be read
  }
}

function refuseLiving(bucket: Bucket, locks: readonly FoundLock[]): void {
  const living = locks.filter(({ dead }) => !dead);
  if (living.length === 0) return;
  const lines = living.map(({ key, content }) => `\n  ${lockUrl(bucket, key)}: ${describe(content)}`);
  throw new EngineError(
    `the stack is currently locked by ${living.length} lock(s). Either wait for the other process(es) to end or ` +
      `delete the lock file with \`pulumi cancel\`.${lines.join("")}`,
  );
}

function describe(lock: LockContent | undefined): string {
  if (!lock)
    return "this file cannot be read, so nobody knows who holds the lock; if no other command runs, `pulumi cancel` removes it";
  return `created by ${lock.username}@${lock.hostname} (pid ${lock.pid}) at ${lock.timestamp}`;
}

function takeoverWarning(lock: LockContent | undefined): string {
  return `took over the lock of ${lock?.username}@${lock?.hostname} (pid ${lock?.pid}) of ${lock?.timestamp}: that process is no longer running`;
}

function lockUrl(bucket: Bucket, key: string): string {
  const place = bucket.locate(key);
  return place.startsWith("/") ? `file://${place}` : place;
}
