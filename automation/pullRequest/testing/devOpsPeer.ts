import { Peer, type PeerReply, type PeerRequest } from "./peer.ts";

interface DevOpsComment {
  readonly id: number;
  content: string;
  isDeleted: boolean;
  readonly author: { readonly id: string };
}

export interface DevOpsThread {
  readonly id: number;
  readonly status: unknown;
  readonly comments: DevOpsComment[];
}

export const BUILD_SERVICE = "b0000000-0000-4000-8000-000000000001";
const LONGEST = 150_000;

/** Azure DevOps' pull request threads and statuses: every path needs `api-version`; deleted comments stay as deleted. */
export async function startDevOps() {
  const threads: DevOpsThread[] = [];
  const statuses: unknown[] = [];
  const root = "/acme/Shop%20Project/_apis/git/repositories/repo-1/pullRequests/5";
  const add = (content: string, author: string, status: unknown = 1) => {
    const thread = {
      id: threads.length + 1,
      status,
      comments: [{ id: 1, content, isDeleted: false, author: { id: author } }],
    };
    threads.push(thread);
    return thread;
  };
  const answer = ({ method, url, body, token }: PeerRequest): PeerReply => {
    if (token === undefined) return { status: 401 };
    if (url.pathname === "/acme/_apis/connectionData")
      return { status: 200, body: { authenticatedUser: { id: BUILD_SERVICE } } };
    if (!url.pathname.startsWith(`${root}/`))
      return { status: 404, body: { message: "TF401019: The Git repository does not exist" } };
    if (!url.searchParams.has("api-version")) return { status: 400, body: { message: "No api-version was supplied" } };
    const path = url.pathname.slice(root.length);
    if (method === "GET") return { status: 200, body: { count: threads.length, value: threads } };
    if (token === "reader-token")
      return { status: 403, body: { message: "TF401027: You need the Git 'PullRequestContribute' permission" } };
    if (path === "/statuses") {
      statuses.push(body);
      return { status: 200, body };
    }
    if (path === "/threads") {
      const { comments, status } = body as { comments: { content: string }[]; status: number };
      const content = comments[0]?.content ?? "";
      if (content.length > LONGEST) return { status: 400, body: { message: "The comment is too long" } };
      return { status: 200, body: add(content, BUILD_SERVICE, status) };
    }
    const [, thread, id] = /^\/threads\/(\d+)\/comments\/(\d+)$/.exec(path) ?? [];
    const comment = threads.find((each) => each.id === Number(thread))?.comments.find((each) => each.id === Number(id));
    if (!comment) return { status: 404, body: { message: "not found" } };
    if (method === "DELETE") comment.isDeleted = true;
    else comment.content = (body as { content: string }).content;
    return { status: 200, body: comment };
  };
  const peer = await new Peer(answer).start();
  return { peer, threads, statuses, add };
}
