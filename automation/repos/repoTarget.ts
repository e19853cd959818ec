import { AutomationError } from "../errors.ts";
import { gitAddress } from "../git/address.ts";
import { isRefName } from "../git/refName.ts";
import type { Repo } from "../jobs/repo.ts";
import type { GitProvider } from "../keys/keyStore.ts";
import { withoutCredentials } from "../redact.ts";

export interface RepoWish {
  readonly provider: GitProvider;
  readonly url: string;
  /** @default main: what GitHub and Azure Repos call the first branch of a repository, which is what an empty one shows after the first version */
  readonly branch?: string | undefined;
}

const DEFAULT_BRANCH = "main";

/** Whose hosts these are: a token never goes to another provider's. A host that is not here is a server of the operator's choice. */
const OWNERS: readonly (readonly [host: RegExp, owner: GitProvider | "another provider"])[] = [
  [/^(.+\.)?github\.com$/, "github"],
  [/^dev\.azure\.com$/, "azure-repos"],
  [/^.+\.visualstudio\.com$/, "azure-repos"],
  [/^(.+\.)?(gitlab\.com|bitbucket\.org|codeberg\.org)$/, "another provider"],
];

/**
 * A repository that may keep an app's versions.
 *
 * @param hosts that may be asked, as `name` or `name:port`
 * @throws {AutomationError} `REPO_INVALID`
 */
export function checkedRepo(
  { provider, url: given, branch = DEFAULT_BRANCH }: RepoWish,
  hosts: readonly string[],
): Repo {
  const refused = (problem: unknown, cause?: unknown) =>
    new AutomationError("REPO_INVALID", { url: shown(given), problem }, { cause });
  const url = addressOf(given, hosts, refused);
  const { host, pathname } = new URL(url);
  const owner = providerAt(host);
  if (owner !== undefined && owner !== provider) throw refused(`${host} is no host of ${provider}`);
  if (pathname === "/") throw refused("it names no repository");
  if (!isRefName(branch) || branch === "HEAD" || branch.startsWith("refs/"))
    throw refused(`${branch.slice(0, 100)} is no name of a branch`);
  return { provider, url, branch };
}

/** Whose host it is; nothing for a server of the operator's choice. */
export function providerAt(host: string): (typeof OWNERS)[number][1] | undefined {
  return OWNERS.find(([pattern]) => pattern.test(host))?.[1];
}

/** Without what may be a credential: user, password, query. */
function shown(given: string): string {
  if (!URL.canParse(given)) return withoutCredentials(given.slice(0, 200));
  const { protocol, host, pathname } = new URL(given);
  return `${protocol}//${host}${pathname}`.slice(0, 200);
}

function addressOf(
  given: string,
  hosts: readonly string[],
  refused: (problem: unknown, cause: unknown) => AutomationError,
): string {
  try {
    return gitAddress(given, hosts).replace(/\/+$/, "");
  } catch (error) {
    if (!(error instanceof AutomationError)) throw error;
    throw refused(error.details.problem, error);
  }
}
