import { createHash } from "node:crypto";
import { z } from "zod";

/** What a checkpoint's text is worth. */
export type CheckpointVerdict =
  /** `time` is when it was written; ISO. */
  | { readonly kind: "sound"; readonly time: string; readonly resources: number }
  | { readonly kind: "broken"; readonly problem: string }
  /** Of a version that is not judged here: the engine says what it thinks of it. */
  | { readonly kind: "other" };

const Urns = z.array(z.string()).nullish();
const Row = z.object({
  urn: z.string().min(1),
  type: z.string().min(1),
  custom: z.boolean().nullish(),
  id: z.string().nullish(),
  parent: z.string().nullish(),
  provider: z.string().nullish(),
  dependencies: Urns,
  propertyDependencies: z.record(z.string(), Urns).nullish(),
  deletedWith: z.string().nullish(),
  delete: z.boolean().nullish(),
  pendingReplacement: z.boolean().nullish(),
});
type Row = z.infer<typeof Row>;

const Latest = z.object({
  manifest: z.object({ time: z.string(), magic: z.string().nullish(), version: z.string().nullish() }),
  resources: z.array(Row).nullish(),
  pending_operations: z.array(z.object({ resource: Row, type: z.string() })).nullish(),
});
const File = z.object({
  version: z.number().nullish(),
  checkpoint: z.object({ latest: z.unknown().optional() }).nullish(),
});

/** Versions whose rows are known (apitype.DeploymentV3, and the same with features). */
const KNOWN: ReadonlySet<number> = new Set([3, 4]);

/**
 * Judges a checkpoint as the engine does before it uses one: readable, every reference to a resource that stands before, no URN twice unless
 * the others wait for their deletion. Pure.
 *
 * @see pkg/resource/deploy/snapshot.go, VerifyIntegrity
 */
export function judgeCheckpoint(text: string): CheckpointVerdict {
  const file = File.safeParse(parse(text));
  if (!file.success) return broken("it is no JSON of a checkpoint");
  const { version, checkpoint } = file.data;
  const latest = checkpoint?.latest;
  if (!version && checkpoint && (latest === undefined || latest === null))
    return { kind: "sound", time: "", resources: 0 };
  if (version && !KNOWN.has(version)) return { kind: "other" };
  const state = Latest.safeParse(latest);
  if (!state.success) return broken(`it holds no state: ${state.error.issues[0]?.path.join(".")} is missing or wrong`);
  const { manifest, resources } = state.data;
  if (manifest.version && manifest.magic !== createHash("sha256").update(manifest.version).digest("hex"))
    return broken("its manifest does not fit its version");
  const rows = resources ?? [];
  const problem = problemOf(rows);
  return problem === undefined ? { kind: "sound", time: manifest.time, resources: rows.length } : broken(problem);
}

function broken(problem: string): CheckpointVerdict {
  return { kind: "broken", problem };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(rows: readonly Row[]): string | undefined {
  const seen = new Set<string>();
  const providers = new Set<string>();
  const living = new Set<string>();
  for (const row of rows) {
    const { urn, type, id, provider } = row;
    if (!row.custom && id) return `${urn} is a component and has an id`;
    if (type.startsWith("pulumi:providers:")) providers.add(`${urn}::${id ?? ""}`);
    // The provider of something that waits for its replacement may be gone already.
    if (provider && !row.pendingReplacement && !providers.has(provider))
      return `${urn} names a provider that is not there`;
    const dangling = referencesOf(row).find(([, other]) => !seen.has(other));
    if (dangling) return `${urn} names as ${dangling[0]} what does not stand before it: ${dangling[1]}`;
    seen.add(urn);
    if (row.delete) continue;
    if (living.has(urn)) return `${urn} is there twice`;
    living.add(urn);
  }
  return undefined;
}

function referencesOf(row: Row): readonly (readonly [string, string])[] {
  const { parent, deletedWith, dependencies, propertyDependencies } = row;
  const ofProperties = Object.values(propertyDependencies ?? {}).flatMap((urns) => urns ?? []);
  return [
    ...(parent ? [["parent", parent] as const] : []),
    ...[...(dependencies ?? []), ...ofProperties].map((urn) => ["dependency", urn] as const),
    ...(deletedWith ? [["what it is deleted with", deletedWith] as const] : []),
  ];
}
