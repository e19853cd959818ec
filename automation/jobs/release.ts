import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { AppDocument, JobDocument } from "./documents.ts";
import { hashOf } from "./ids.ts";

/** What a deployment put into place: enough to do it again, here or elsewhere, without a build. */
export interface Release {
  /** Counts the app's deployments: 1 for the first. */
  readonly iteration: number;
  readonly spec: AppSpec;
  /** Blob in `workspaces` with the files. */
  readonly workspace: string;
  /** Service → image by digest, and the hash of what it was built from. */
  readonly images: Readonly<Record<string, { readonly reference: string; readonly sourceHash: string }>>;
  /** All wishes that are in it. */
  readonly feedback: readonly string[];
}

/** A version that stays as it is; equal hashes, equal content. */
export interface FinalizedVersion {
  readonly iteration: number;
  /** Service → image by digest. */
  readonly images: Readonly<Record<string, string>>;
  /** sha-256 of the app spec. */
  readonly specHash?: string;
  /** Blob with the files; its name is made of their hash. */
  readonly workspace?: string;
}

/** A release that a job puts into place again, and the deployment that it comes from. */
export type ReleaseOrigin =
  | {
      /** `rollback`: of the same app. `promotion`: of another one, under this app's profile. */
      readonly kind: "rollback" | "promotion";
      readonly deploymentId: string;
      readonly release: Release;
    }
  /** What runs, as it is then: for a domain of the app. */
  | { readonly kind: "domain"; readonly host: string };

/** An origin as people see it. */
export function originView(from: ReleaseOrigin) {
  const { kind } = from;
  return from.kind === "domain" ? { kind, host: from.host } : { kind, deploymentId: from.deploymentId };
}

/**
 * The spec with which an earlier release runs again. Services and settings are the earlier ones; what holds data stays as it is now,
 * also when the earlier release did not know it: going back loses no rows.
 *
 * @param now the spec that runs; absent when nothing does
 */
export function specOfRollback(earlier: AppSpec, now: AppSpec | undefined): AppSpec {
  if (!now) return earlier;
  const kept = new Set(now.resources.map(({ name }) => name));
  const resources = [...now.resources, ...earlier.resources.filter(({ name }) => !kept.has(name))];
  // The stack's own: names and place of what exists are made of them.
  const { name, region, profile } = now;
  return { ...earlier, name, region, profile, resources };
}

/** The spec with which a release of another app runs under a profile and in a region of its own. */
export function specOfPromotion(
  release: AppSpec,
  options: Pick<AppSpec, "profile"> & { readonly region?: string },
): AppSpec {
  return { ...release, profile: options.profile, ...(options.region !== undefined && { region: options.region }) };
}

/** What finalizing keeps of a job. */
export function freeze({ release }: JobDocument, app: AppDocument): FinalizedVersion {
  // A job of before releases were kept has none: then what runs is all that is known.
  const { iteration, images = {} } = release ?? app;
  const references = Object.entries(images).map(([name, { reference }]) => [name, reference] as const);
  const version = { iteration, images: Object.fromEntries(references) };
  return release ? { ...version, specHash: hashOf(release.spec), workspace: release.workspace } : version;
}
