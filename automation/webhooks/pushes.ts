import { z } from "zod";

/** New commits on a branch of a repository. */
export interface Push {
  readonly provider: "github" | "azure-devops";
  /** Clone address over https, without credentials. */
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
  /** The sender's id of the delivery: a repeated one is the same push. */
  readonly delivery: string;
}

const Commit = z.string().regex(/^[0-9a-f]{40}$/);
/** What a deleted branch points to. */
const NOTHING = "0".repeat(40);
const BRANCH = /^refs\/heads\/(.+)$/;

const GitHubPush = z.object({
  ref: z.string().max(500),
  after: Commit,
  repository: z.object({ clone_url: z.url({ protocol: /^https$/ }) }),
});

const AzureDevOpsPush = z.object({
  id: z.string().min(1).max(100),
  eventType: z.literal("git.push"),
  resource: z.object({
    refUpdates: z.array(z.object({ name: z.string().max(500), newObjectId: Commit })).max(100),
    repository: z.object({ remoteUrl: z.url({ protocol: /^https$/ }) }),
  }),
});

/** A push event of GitHub; nothing for tags and deleted branches. @throws {z.ZodError} */
export function pushFromGitHub(payload: unknown, delivery: string): readonly Push[] {
  const { ref, after, repository } = GitHubPush.parse(payload);
  const branch = BRANCH.exec(ref)?.[1];
  if (!branch || after === NOTHING) return [];
  return [{ provider: "github", repository: withoutUser(repository.clone_url), branch, commit: after, delivery }];
}

/** Pushes of an event of Azure DevOps; nothing for events of other types. @throws {z.ZodError} */
export function pushesFromAzureDevOps(payload: unknown): readonly Push[] {
  if ((payload as { eventType?: unknown } | null)?.eventType !== "git.push") return [];
  const { id, resource } = AzureDevOpsPush.parse(payload);
  return resource.refUpdates.flatMap(({ name, newObjectId }) => {
    const branch = BRANCH.exec(name)?.[1];
    if (!branch || newObjectId === NOTHING) return [];
    const repository = withoutUser(resource.repository.remoteUrl);
    return [{ provider: "azure-devops" as const, repository, branch, commit: newObjectId, delivery: id }];
  });
}

/** One address for one repository: Azure DevOps puts the organisation in front as a user, GitHub ends it with `.git`. */
export function withoutUser(address: string): string {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  return `https://${url.host}${path}`.toLowerCase();
}
