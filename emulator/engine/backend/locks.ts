import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { EngineError } from "../engineError.ts";
import type { Bucket } from "./bucket.ts";
import { locksFolder } from "./layout.ts";
import type { StackReference } from "./stackReference.ts";

interface LockContent {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/**
 * Takes the stack for one operation: refuse when somebody holds it, write the own file, look again (two may have written
 * at the same moment; then both step back).
 *
 * @returns the release
 * @throws EngineError `the stack is currently locked by N lock(s). …`
 */
export async function lockStack(bucket: Bucket, stack: StackReference): Promise<() => Promise<void>> {
  const folder = locksFolder(stack);
  await refuseLocked(bucket, folder, undefined);
  const own = `${randomUUID()}.json`;
  const content: LockContent = {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  };
  await bucket.write(`${folder}/${own}`, JSON.stringify(content));
  const release = () => bucket.remove(`${folder}/${own}`);
  try {
    await refuseLocked(bucket, folder, own);
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

/** Removes every lock of a stack (`pulumi cancel`); the processes that wrote them are not stopped. */
export async function breakLocks(bucket: Bucket, stack: StackReference): Promise<void> {
  await bucket.remove(locksFolder(stack));
}

async function refuseLocked(bucket: Bucket, folder: string, own: string | undefined): Promise<void> {
  const others = (await bucket.list(folder)).filter((name) => name.endsWith(".json") && name !== own);
  if (others.length === 0) return;
  let message =
    `the stack is currently locked by ${others.length} lock(s). Either wait for the other process(es) to end or ` +
    "delete the lock file with `pulumi cancel`.";
  for (const name of others) {
    const text = await bucket.read(`${folder}/${name}`);
    if (text === undefined) continue; // released meanwhile
    const lock = JSON.parse(text) as LockContent;
    message += `\n  ${bucket.url}/.pulumi/${folder}/${name}: created by ${lock.username}@${lock.hostname} (pid ${lock.pid}) at ${lock.timestamp}`;
  }
  throw new EngineError(message);
}
