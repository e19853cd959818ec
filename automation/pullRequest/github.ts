import { z } from "zod";
import { type CommentHost, carries, type KeptComment } from "./comment.ts";
import { PullRequestError } from "./errors.ts";
import { JsonRequester, type RequestOptions } from "./request.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const Comments = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ id: z.number(), type: z.string() }).nullish(),
  }),
);

export interface GitHubPullRequest {
  /** `https://api.github.com`, or the one of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** `owner/name` */
  readonly repository: string;
  readonly number: number;
  readonly token: string;
}

/**
 * The pull request that a workflow runs for, from the variables of GitHub Actions.
 *
 * @throws {PullRequestError} `HOST_UNKNOWN`, `TOKEN_MISSING`
 */
export function gitHubPullRequest(environment: Environment, number?: number): GitHubPullRequest {
  const { GITHUB_REPOSITORY: repository, GITHUB_REF: ref = "", GITHUB_TOKEN: token } = environment;
  if (!repository) throw new PullRequestError("HOST_UNKNOWN", { missing: "GITHUB_REPOSITORY" });
  const found = number ?? Number(/^refs\/pull\/(\d+)\//.exec(ref)?.[1] ?? Number.NaN);
  if (!Number.isInteger(found))
    throw new PullRequestError("HOST_UNKNOWN", { missing: "GITHUB_REF of a pull request (or --pull-request)" });
  if (!token) throw new PullRequestError("TOKEN_MISSING", { host: "GitHub", name: "GITHUB_TOKEN" });
  const apiUrl = (environment.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
  return { apiUrl, repository, number: found, token };
}

/** Comments of a pull request through GitHub's REST API (version 2022-11-28, "Issue comments"). */
export class GitHubComments implements CommentHost {
  readonly name = "GitHub";
  /** "Body is too long (maximum is 65536 characters)". */
  readonly limit = 65_536;
  readonly #requester: JsonRequester;
  readonly #repository: string;
  readonly #number: number;
  readonly #apiUrl: string;

  constructor(
    { apiUrl, repository, number, token }: GitHubPullRequest,
    options: Pick<RequestOptions, "sleep" | "now"> = {},
  ) {
    this.#apiUrl = apiUrl;
    this.#repository = `${apiUrl}/repos/${repository.split("/").map(encodeURIComponent).join("/")}`;
    this.#number = number;
    const headers = {
      Accept: "application/vnd.github+json",
      Authorization: `Bearer ${token}`,
      "User-Agent": "devfactory",
      "X-GitHub-Api-Version": "2022-11-28",
    };
    this.#requester = new JsonRequester({ host: this.name, headers, ...options });
  }

  async find(marker: string): Promise<readonly KeptComment[]> {
    const isOurs = await this.#author();
    const found: KeptComment[] = [];
    let url: string | undefined = `${this.#repository}/issues/${this.#number}/comments?per_page=100`;
    while (url !== undefined) {
      const { body, headers } = await this.#requester.send("GET", url);
      for (const { id, body: text, user } of Comments.parse(body))
        if (text && user && isOurs(user) && carries(text, marker)) found.push({ id: String(id), body: text });
      url = nextPage(headers.get("link"), this.#apiUrl);
    }
    return found.sort((a, b) => Number(a.id) - Number(b.id));
  }

  /** A workflow's token is a bot's and may not ask who it is; a person's token may. */
  async #author(): Promise<(user: { readonly id: number; readonly type: string }) => boolean> {
    const { status, body } = await this.#requester.send("GET", `${this.#apiUrl}/user`, undefined, [403, 404]);
    if (status !== 200) return ({ type }) => type === "Bot";
    const { id } = z.object({ id: z.number() }).parse(body);
    return (user) => user.id === id;
  }

  async create(body: string): Promise<void> {
    await this.#requester.send("POST", `${this.#repository}/issues/${this.#number}/comments`, { body });
  }

  async update(id: string, body: string): Promise<void> {
    await this.#requester.send("PATCH", `${this.#repository}/issues/comments/${id}`, { body });
  }

  async remove(id: string): Promise<void> {
    await this.#requester.send("DELETE", `${this.#repository}/issues/comments/${id}`, undefined, [404]);
  }
}

/** Target of `rel="next"`; another host than the API's is not followed, the token would go there. */
function nextPage(link: string | null, apiUrl: string): string | undefined {
  const next = link?.split(",").find((each) => /;\s*rel="next"/.test(each));
  const url = /<([^>]+)>/.exec(next ?? "")?.[1];
  return url !== undefined && new URL(url).origin === new URL(apiUrl).origin ? url : undefined;
}
