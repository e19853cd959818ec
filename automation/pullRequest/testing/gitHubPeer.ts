import { Peer, type PeerReply, type PeerRequest } from "./peer.ts";

export interface GitHubComment {
  readonly id: number;
  body: string;
  readonly user: { readonly id: number; readonly type: "User" | "Bot"; readonly login: string };
}

export const ACTIONS = { id: 41898282, type: "Bot", login: "github-actions[bot]" } as const;
export const PERSON = { id: 7, type: "User", login: "octocat" } as const;

/** Tokens that the peer knows: who they are and whether they may write. */
const TOKENS: Readonly<Record<string, { readonly user: GitHubComment["user"]; readonly mayWrite: boolean }>> = {
  "actions-token": { user: ACTIONS, mayWrite: true },
  "fork-token": { user: ACTIONS, mayWrite: false },
  "person-token": { user: PERSON, mayWrite: true },
};
const LONGEST = 65_536;

/** GitHub's issue comments: pages of at most 100 with Link headers, 404 for what the token may not see, 403 without scope, 422 when too long. */
export async function startGitHub(repository = "acme/shop") {
  const comments: GitHubComment[] = [];
  let next = 1000;
  const add = (body: string, user: GitHubComment["user"]) => {
    const comment = { id: next++, body, user };
    comments.push(comment);
    return comment;
  };
  const answer = ({ method, url, body, token }: PeerRequest): PeerReply => {
    const identity = TOKENS[token ?? ""];
    if (!identity) return { status: 401, body: { message: "Bad credentials" } };
    if (url.pathname === "/user")
      return identity.user.type === "Bot"
        ? { status: 403, body: { message: "Resource not accessible by integration" } }
        : { status: 200, body: identity.user };
    const list = `/repos/${repository}/issues/5/comments`;
    const one = new RegExp(`^/repos/${repository}/issues/comments/(\\d+)$`).exec(url.pathname);
    if (url.pathname !== list && !one) return { status: 404, body: { message: "Not Found" } };
    if (method === "GET") return page(comments, url);
    if (!identity.mayWrite) return { status: 403, body: { message: "Resource not accessible by integration" } };
    const text = (body as { body?: string } | undefined)?.body ?? "";
    if (text.length > LONGEST)
      return { status: 422, body: { message: "Body is too long (maximum is 65536 characters)" } };
    if (method === "POST") return { status: 201, body: add(text, identity.user) };
    const at = comments.findIndex(({ id }) => id === Number(one?.[1]));
    const found = comments[at];
    if (!found) return { status: 404, body: { message: "Not Found" } };
    if (method === "DELETE") {
      comments.splice(at, 1);
      return { status: 204 };
    }
    found.body = text;
    return { status: 200, body: found };
  };
  const peer = await new Peer(answer).start();
  return { peer, comments, add };
}

function page(comments: readonly GitHubComment[], url: URL): PeerReply {
  const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
  const number = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  const hasMore = comments.length > size * number;
  return {
    status: 200,
    body: comments.slice(size * (number - 1), size * number),
    headers: hasMore ? { Link: `<${next.href}>; rel="next", <${url.href}>; rel="first"` } : {},
  };
}
