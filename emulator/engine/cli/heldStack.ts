import { lockStack } from "../backend/locks.ts";
import type { CommandCall } from "./command.ts";
import { StackSession } from "./session.ts";

export interface HoldOptions {
  /** The stack's name; the call's own unless given. */
  readonly name?: string | undefined;
  /** The work replaces or removes the whole state: a journal beside it need not be understood. */
  readonly replaces?: boolean;
}

/** Runs work on a stack that nobody else may change meanwhile; the session is opened again under the lock. */
export async function holdStack<T>(
  call: CommandCall,
  work: (session: StackSession) => Promise<T>,
  { name, replaces = false }: HoldOptions = {},
): Promise<T> {
  const before = await StackSession.open(call, name);
  const lock = await lockStack(before.backend.bucket, before.stack, { settle: !replaces });
  try {
    for (const warning of lock.warnings) call.context.err(`warning: ${warning}\n`);
    return await work(await StackSession.open(call, name)); // the state may have changed before the lock
  } finally {
    await lock.release();
  }
}
