import { createHash } from "node:crypto";
import { compactState, type PendingOperation, type ResourceState } from "../deploy/state.ts";
import { EngineError } from "../engineError.ts";
import { VERSION } from "../version.ts";
import type { Bucket } from "./bucket.ts";
import { foldJournal } from "./journal.ts";
import { backupsFolder, checkpointBackupKey, checkpointKey, journalKey, META_KEY } from "./layout.ts";
import { fullName, type StackReference } from "./stackReference.ts";

/** How a stack's secrets are sealed. */
export interface SecretsProvider {
  readonly type: string;
  readonly state?: { readonly salt?: string };
}

/** A stack's state (apitype.DeploymentV3); secrets are sealed, except in exports that show them. */
export interface Deployment {
  readonly manifest: { readonly time: string; readonly magic: string; readonly version: string };
  readonly secrets_providers?: SecretsProvider;
  readonly resources?: readonly ResourceState[];
  readonly pending_operations?: readonly PendingOperation[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface CheckpointFile {
  readonly version: number;
  readonly features?: readonly string[];
  readonly checkpoint: { readonly stack: string; readonly latest?: Deployment };
}

/** A stack as it stands on disk. */
export interface StoredStack {
  readonly deployment: Deployment | undefined;
}

/** Features of version 4 checkpoints that this engine understands. */
const KNOWN_FEATURES: ReadonlySet<string> = new Set(["replaceWith", "refreshBeforeUpdate"]);

/**
 * Reads a stack, with the journal of a killed operation folded in.
 *
 * @returns `undefined` when there is no such stack
 * @throws EngineError for a file of a later version or with unknown features
 */
export async function readStack(bucket: Bucket, stack: StackReference): Promise<StoredStack | undefined> {
  const text = await bucket.read(checkpointKey(stack));
  if (text === undefined) return undefined;
  const file = JSON.parse(text) as CheckpointFile;
  if (file.version > 4) throw new EngineError(`unsupported checkpoint version ${file.version}`);
  const unknown = (file.features ?? []).filter((feature) => !KNOWN_FEATURES.has(feature));
  if (unknown.length > 0) throw new EngineError(`unsupported deployment features: ${unknown.join(", ")}`);
  const journal = await bucket.read(journalKey(stack));
  const deployment = file.checkpoint.latest;
  return { deployment: journal === undefined ? deployment : foldJournal(deployment, journal) };
}

/** Writes a stack in one step, keeping the last version as `.bak`, and drops the journal that led to it. */
export async function writeStack(
  bucket: Bucket,
  stack: StackReference,
  deployment: Deployment | undefined,
): Promise<void> {
  const key = checkpointKey(stack);
  const before = await bucket.read(key);
  if (before !== undefined) await bucket.write(checkpointBackupKey(stack), before);
  else if ((await bucket.read(META_KEY)) === undefined) await bucket.write(META_KEY, "version: 1\n");
  await bucket.write(key, serializeCheckpoint(stack, deployment));
  await bucket.remove(journalKey(stack));
}

/** Keeps a dated copy under `backups` before an operation, unless the environment switches that off. */
export async function backUpStack(
  bucket: Bucket,
  stack: StackReference,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const off = env.PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS;
  if (off === "true" || off === "1") return;
  const text = await bucket.read(checkpointKey(stack));
  if (text !== undefined) await bucket.write(`${backupsFolder(stack)}/${stack.name}.${unixNanoseconds()}.json`, text);
}

/** The file's text: version 3 with a deployment, version 0 for a stack that never had one. */
export function serializeCheckpoint(stack: StackReference, deployment: Deployment | undefined): string {
  if (!deployment) return JSON.stringify({ version: 0, checkpoint: { stack: fullName(stack) } }, null, 4);
  return JSON.stringify({ version: 3, checkpoint: { stack: fullName(stack), latest: deployment } }, null, 4);
}

/** Builds a deployment in the file's field order; empty lists are left out. */
export function makeDeployment(
  resources: readonly ResourceState[],
  pending: readonly PendingOperation[],
  secrets: SecretsProvider | undefined,
  time: Date,
): Deployment {
  const magic = createHash("sha256").update(VERSION).digest("hex");
  return {
    manifest: { time: time.toISOString(), magic, version: VERSION },
    ...(secrets ? { secrets_providers: secrets } : {}),
    ...(resources.length > 0 ? { resources: resources.map(compactState) } : {}),
    ...(pending.length > 0
      ? { pending_operations: pending.map(({ resource, type }) => ({ resource: compactState(resource), type })) }
      : {}),
    metadata: {},
  };
}

/** Nanoseconds from the steady clock's zero to 1970's: two names of one process never stand in the wrong order. */
const CLOCK_OFFSET = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** The time in nanoseconds since 1970, as DIY file names carry it. */
export function unixNanoseconds(): string {
  return String(CLOCK_OFFSET + process.hrtime.bigint());
}

/** True when there is a stack of that name. */
export async function checkpointExists(bucket: Bucket, stack: StackReference): Promise<boolean> {
  return (await bucket.read(checkpointKey(stack))) !== undefined;
}
