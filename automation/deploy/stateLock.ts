import { hostname } from "node:os";
import { z } from "zod";
import { stillRuns } from "../processes.ts";

/** What a lock file of Pulumi's own backends says (pkg/backend/diy/lock.go). */
const Content = z.object({ pid: z.int(), username: z.string(), hostname: z.string(), timestamp: z.string() });

export interface StateLock {
  /** Name of the file. */
  readonly name: string;
  /** Nothing when the file cannot be read as a lock. */
  readonly content: z.infer<typeof Content> | undefined;
}

/** A lock as its text says; nothing legible is still a lock. */
export function readLock(name: string, text: string): StateLock {
  try {
    return { name, content: Content.parse(JSON.parse(text)) };
  } catch {
    return { name, content: undefined };
  }
}

export type LockVerdict = "stale" | "held" | "unreadable";

/** What is known of other holders. */
export interface Holders {
  /** Machines of workers that had the app's lease before us, and have it no more. */
  readonly former: readonly string[];
  /** This machine's name. @default the system's */
  readonly host?: string;
  /** Does the process still run that had the number at that time (milliseconds since 1970)? @default asks this machine */
  readonly stillRuns?: (pid: number, atMs: number) => boolean;
}

/**
 * Whether a lock may be dropped. On this machine the process decides. On another one the lease does: who lost it has stopped by the time that
 * somebody else can have it. Of anybody else nothing is known, so the lock counts.
 */
export function judgeLock({ content }: StateLock, holders: Holders): LockVerdict {
  if (!content) return "unreadable";
  const { former, host = hostname(), stillRuns: runs = stillRuns } = holders;
  if (content.hostname === host) return runs(content.pid, Date.parse(content.timestamp)) ? "held" : "stale";
  return former.includes(content.hostname) ? "stale" : "held";
}
