import { compactState, type PendingOperation, type ResourceState } from "../deploy/state.ts";
import { EngineError } from "../engineError.ts";
import type { Bucket } from "./bucket.ts";
import {
  type Deployment,
  makeManifest,
  readability,
  type SecretsProvider,
  soundDeployment,
  type Versioned,
  versionOf,
} from "./deploymentFile.ts";
import { foldJournal } from "./foldJournal.ts";
import { findIntegrityProblem } from "./integrity.ts";
import { backupsFolder, checkpointBackupKey, checkpointKey, journalKey, META_KEY } from "./layout.ts";
import { parseJson } from "./parseJson.ts";
import { fullName, type StackReference } from "./stackReference.ts";

export type { Deployment, SecretsProvider } from "./deploymentFile.ts";

interface CheckpointFile extends Versioned {
  readonly checkpoint: { readonly stack: string; readonly latest?: Deployment };
}

/** A stack as it stands in the store. Its text is parsed at the first look: choosing a stack needs no state. */
export interface StoredStack {
  /**
   * With the journal of a killed operation folded in.
   *
   * @throws EngineError for a damaged file, one of another version or with unknown features
   */
  readonly deployment: Deployment | undefined;
  /** True when a journal stands beside the checkpoint. */
  readonly hasJournal: boolean;
  /** @throws EngineError when the state contradicts itself */
  verify(): void;
}

/** A stack that has no state yet. */
export const NEW_STACK: StoredStack = { deployment: undefined, hasJournal: false, verify: () => undefined };

class CheckpointText implements StoredStack {
  readonly #bucket: Bucket;
  readonly #stack: StackReference;
  readonly #text: string;
  readonly #journal: string | undefined;
  #parsed: { readonly deployment: Deployment | undefined } | undefined;
  #verified = false;

  constructor(bucket: Bucket, stack: StackReference, text: string, journal: string | undefined) {
    this.#bucket = bucket;
    this.#stack = stack;
    this.#text = text;
    this.#journal = journal;
  }

  get hasJournal(): boolean {
    return this.#journal !== undefined;
  }

  get deployment(): Deployment | undefined {
    this.#parsed ??= { deployment: this.#read() };
    return this.#parsed.deployment;
  }

  verify(): void {
    const { deployment } = this;
    const problem = deployment && !this.#verified ? findIntegrityProblem(deployment) : undefined;
    if (problem) {
      throw new EngineError(
        `snapshot integrity failure; refusing to use it: ${problem}\nThe state is in ${this.#bucket.locate(checkpointKey(this.#stack))}. ` +
          "`pulumi state repair` sorts it and drops references to what is missing; `--disable-integrity-checking` uses it as it is.",
      );
    }
    this.#verified = true;
  }

  #read(): Deployment | undefined {
    const base = parseCheckpoint(this.#bucket, this.#stack, this.#text);
    const where = this.#bucket.locate(journalKey(this.#stack));
    return this.#journal === undefined ? base : foldJournal(base, this.#journal, where);
  }
}

function parseCheckpoint(bucket: Bucket, stack: StackReference, text: string): Deployment | undefined {
  const where = bucket.locate(checkpointKey(stack));
  const file = parseJson<CheckpointFile>(text, `failed to load checkpoint: ${where}`, wayBack(bucket, stack));
  if (file.version === 0 && file.checkpoint && !file.checkpoint.latest) return undefined;
  const trouble = readability({ ...file, version: file.version ?? 0 });
  if (trouble?.kind === "tooNew")
    throw new EngineError(`failed to load checkpoint: unsupported checkpoint version ${trouble.version} in ${where}`);
  if (trouble?.kind === "tooOld") {
    throw new EngineError(
      `failed to load checkpoint: ${where} has version ${trouble.version}, which this engine does not migrate. ` +
        "Bring it to version 3 with the Pulumi CLI: `pulumi stack export --file old.json` and `pulumi stack import --file old.json` there.",
    );
  }
  if (trouble?.kind === "features") {
    throw new EngineError(
      `failed to load checkpoint: this stack's deployment needs support for the following features: ${trouble.features.join(", ")} (${where}). ` +
        "Use a version of the Pulumi CLI that has them.",
    );
  }
  const latest = file.checkpoint?.latest;
  return latest && soundDeployment(latest, where);
}

/** What to do about a damaged checkpoint. */
function wayBack(bucket: Bucket, stack: StackReference): string {
  const where = bucket.locate(checkpointKey(stack));
  const backup = bucket.locate(checkpointBackupKey(stack));
  return (
    `The version before it is ${backup}, older ones are in ${bucket.locate(backupsFolder(stack))}: ` +
    `put one in its place${bucket.local ? ` (cp ${backup} ${where})` : ""}, or run \`pulumi stack import --file EXPORT\`, then \`pulumi refresh\`.`
  );
}

/** Looks a stack up. @returns `undefined` when there is no such stack */
export async function readStack(bucket: Bucket, stack: StackReference): Promise<StoredStack | undefined> {
  const [text, journal] = await Promise.all([bucket.read(checkpointKey(stack)), bucket.read(journalKey(stack))]);
  return text === undefined ? undefined : new CheckpointText(bucket, stack, text, journal);
}

/**
 * Writes a stack in one step, keeping the last version as `.bak`, and drops the journal that led to it. When that
 * fails the last good state and the journal are still there.
 *
 * @param keepBackup leave `.bak` alone: what it would be made of is damaged
 */
export async function writeStack(
  bucket: Bucket,
  stack: StackReference,
  deployment: Deployment | undefined,
  { keepBackup = false } = {},
): Promise<void> {
  const key = checkpointKey(stack);
  try {
    const before = await bucket.read(key);
    if (before === undefined) await ensureMeta(bucket);
    else if (!keepBackup) await bucket.write(checkpointBackupKey(stack), before);
    await bucket.write(key, serializeCheckpoint(stack, deployment), "durable");
  } catch (error) {
    throw await explainLoss(bucket, stack, error);
  }
  await bucket.remove(journalKey(stack));
}

/** A journal that is still there means that nothing is lost: the person must know. */
async function explainLoss(bucket: Bucket, stack: StackReference, error: unknown): Promise<unknown> {
  const journal = await bucket.read(journalKey(stack)).catch(() => undefined);
  if (!(error instanceof EngineError) || journal === undefined) return error;
  const where = bucket.locate(journalKey(stack));
  return new EngineError(
    `${error.message}\nWhat this operation has done is kept in ${where}; the next command takes it up from there.`,
    error.exitCode,
    { cause: error },
  );
}

/** Marks a store as one of projects (`meta.yaml`), unless it is. */
export async function ensureMeta(bucket: Bucket): Promise<void> {
  if ((await bucket.read(META_KEY)) === undefined) await bucket.write(META_KEY, "version: 1\n");
}

/**
 * Writes down what the journal of a killed operation says, for readers that know no journals. Only the holder of the
 * stack's lock may call this. The new time keeps the journal from being folded in twice, should its removal be cut off.
 */
export async function settleJournal(bucket: Bucket, stack: StackReference): Promise<void> {
  const stored = await readStack(bucket, stack);
  if (!stored?.hasJournal) return;
  const { deployment } = stored;
  await writeStack(bucket, stack, deployment && { ...deployment, manifest: makeManifest(new Date()) });
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

/** The file's text: version 3 or 4 with a deployment, version 0 for a stack that never had one. */
export function serializeCheckpoint(stack: StackReference, deployment: Deployment | undefined): string {
  const file: CheckpointFile = deployment
    ? { ...versionOf(deployment), checkpoint: { stack: fullName(stack), latest: deployment } }
    : { version: 0, checkpoint: { stack: fullName(stack) } };
  return `${JSON.stringify(file, null, 4)}\n`;
}

/** Builds a deployment in the file's field order; empty lists are left out. */
export function makeDeployment(
  resources: readonly ResourceState[],
  pending: readonly PendingOperation[],
  secrets: SecretsProvider | undefined,
  time: Date,
): Deployment {
  return {
    manifest: makeManifest(time),
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
