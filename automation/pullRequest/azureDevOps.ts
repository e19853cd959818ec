import { z } from "zod";
import { type CommentHost, carries, type KeptComment } from "./comment.ts";
import { PullRequestError } from "./errors.ts";
import { JsonRequester, type RequestOptions } from "./request.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const API = "api-version=7.1";
const Comment = z.object({
  id: z.number(),
  content: z.string().nullish(),
  isDeleted: z.boolean().nullish(),
  author: z.object({ id: z.string() }).nullish(),
});
const Threads = z.object({ value: z.array(z.object({ id: z.number(), comments: z.array(Comment).nullish() })) });
const Connection = z.object({ authenticatedUser: z.object({ id: z.string() }) });

export interface DevOpsPullRequest {
  /** `https://dev.azure.com/acme/` */
  readonly collectionUrl: string;
  readonly project: string;
  readonly repository: string;
  readonly number: number;
  readonly token: string;
}

/**
 * The pull request that a pipeline runs for, from the predefined variables of Azure Pipelines.
 *
 * @throws {PullRequestError} `HOST_UNKNOWN`, `TOKEN_MISSING`
 */
export function devOpsPullRequest(environment: Environment, number?: number): DevOpsPullRequest {
  const needed = (name: string): string => {
    const value = environment[name];
    if (value) return value;
    throw new PullRequestError("HOST_UNKNOWN", { missing: name });
  };
  const collectionUrl = needed("SYSTEM_COLLECTIONURI").replace(/\/*$/, "/");
  const project = needed("SYSTEM_TEAMPROJECT");
  const repository = needed("BUILD_REPOSITORY_ID");
  const found = number ?? Number(needed("SYSTEM_PULLREQUEST_PULLREQUESTID"));
  const { SYSTEM_ACCESSTOKEN: token } = environment;
  if (!token) throw new PullRequestError("TOKEN_MISSING", { host: "Azure DevOps", name: "SYSTEM_ACCESSTOKEN" });
  return { collectionUrl, project, repository, number: found, token };
}

/** Threads and the status of a pull request through the Azure DevOps REST API 7.1 ("Pull Request Threads", "Pull Request Statuses"). */
export class DevOpsComments implements CommentHost {
  readonly name = "Azure DevOps";
  /** A comment's content may have 150,000 characters. */
  readonly limit = 150_000;
  readonly #requester: JsonRequester;
  readonly #pullRequest: string;
  readonly #connection: string;

  constructor(at: DevOpsPullRequest, options: Pick<RequestOptions, "sleep" | "now"> = {}) {
    const { collectionUrl, project, repository, number, token } = at;
    const path = [project, "_apis", "git", "repositories", repository, "pullRequests", String(number)];
    this.#pullRequest = `${collectionUrl}${path.map(encodeURIComponent).join("/")}`;
    this.#connection = `${collectionUrl}_apis/connectionData`;
    const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };
    this.#requester = new JsonRequester({ host: this.name, headers, ...options });
  }

  /** Our comment is the first of its thread; its id is `thread/comment`. */
  async find(marker: string): Promise<readonly KeptComment[]> {
    const { body: connection } = await this.#requester.send("GET", this.#connection);
    const { id: own } = Connection.parse(connection).authenticatedUser;
    const { body } = await this.#requester.send("GET", `${this.#pullRequest}/threads?${API}`);
    return Threads.parse(body)
      .value.flatMap(({ id, comments }) => {
        const [first] = comments ?? [];
        const isOurs = first?.author?.id === own && !first.isDeleted && carries(first.content ?? "", marker);
        return first && isOurs ? [{ thread: id, id: `${id}/${first.id}`, body: first.content ?? "" }] : [];
      })
      .sort((a, b) => a.thread - b.thread)
      .map(({ id, body: text }) => ({ id, body: text }));
  }

  async create(body: string): Promise<void> {
    const comments = [{ parentCommentId: 0, content: body, commentType: 1 }];
    // Closed: an open thread would hold up the merge where a policy asks that all are resolved. The status says pass or fail.
    await this.#requester.send("POST", `${this.#pullRequest}/threads?${API}`, { comments, status: 4 });
  }

  async update(id: string, body: string): Promise<void> {
    await this.#requester.send("PATCH", this.#comment(id), { content: body });
  }

  async remove(id: string): Promise<void> {
    await this.#requester.send("DELETE", this.#comment(id), undefined, [404]);
  }

  async setStatus(verdict: "pass" | "unsure" | "fail", description: string): Promise<void> {
    const state = ({ pass: "succeeded", unsure: "succeeded", fail: "failed" } as const)[verdict];
    const context = { name: "devfactory", genre: "checks" };
    await this.#requester.send("POST", `${this.#pullRequest}/statuses?${API}`, { state, description, context });
  }

  #comment(id: string): string {
    const [thread, comment] = id.split("/");
    return `${this.#pullRequest}/threads/${thread}/comments/${comment}?${API}`;
  }
}
