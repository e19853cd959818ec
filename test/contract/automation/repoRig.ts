import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSet } from "@devfactory/automation/archive/fileSet.ts";
import type { GitProvider } from "@devfactory/automation/keys/keyStore.ts";
import { filesWith, formsOf } from "../../security/searchSecrets.ts";
import { type GitServerOptions, startGitServer } from "./gitServer.ts";

/** Tokens that the server takes, in the form of their providers; long and random as real ones. */
export const TOKENS: Readonly<Record<GitProvider, string>> = {
  github: "canary0github4f1c8e2b7d6a905e",
  "azure-repos": "canary1azure9b3d7f2e6c8a401d5",
};
const basic = (user: string, token: string) => `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
/** As GitHub and Azure Repos take a personal access token. */
const HEADERS: Readonly<Record<string, GitProvider>> = {
  [basic("x-access-token", TOKENS.github)]: "github",
  [basic("", TOKENS["azure-repos"])]: "azure-repos",
};

/** What was done to the server while it looked: hooks of a test, replaced by it. */
export interface RepoHooks {
  /** Before a push is told what stands there. */
  onLook?: ((name: string) => void) | undefined;
  /** Before a push is taken. */
  onPush?: ((name: string) => void) | undefined;
  /** Whether the answer to a push is lost. */
  isLost?: (() => boolean) | undefined;
  /** Whether nobody answers. */
  isSilent?: ((path: string) => boolean) | undefined;
}

/** A host of repositories that lets in who brings a token, and looks where else the token is at that moment. */
export async function startRepoHost() {
  const hooks: RepoHooks = {};
  const leaks = new Set<string>();
  const signedIn: (GitProvider | "nobody")[] = [];
  const user = (request: IncomingMessage) => HEADERS[request.headers.authorization ?? ""];
  const isPush = (request: IncomingMessage, { pathname }: URL) =>
    request.method === "POST" && pathname.endsWith("/git-receive-pack");
  const options: GitServerOptions = {
    user,
    instead: (request, response, url) => {
      for (const leak of leaksNow()) leaks.add(leak);
      signedIn.push(user(request) ?? "nobody");
      if (hooks.isSilent?.(url.pathname)) return true;
      if (user(request) === undefined) {
        response.writeHead(401, { "www-authenticate": "Basic" }).end();
        return true;
      }
      if (url.search === "?service=git-receive-pack") hooks.onLook?.(url.pathname.split("/").at(-3) ?? "");
      if (isPush(request, url)) hooks.onPush?.(url.pathname.split("/").at(-2) ?? "");
      return false;
    },
    after: (request, url) => isPush(request, url) && (hooks.isLost?.() ?? false),
  };
  const server = await startGitServer(options);
  // Pushes of other tests at this moment are not looked at.
  const before = process.env.TMPDIR;
  process.env.TMPDIR = join(server.folder, "tmp");
  mkdirSync(process.env.TMPDIR);
  const git = (name: string, args: readonly string[], input = "") =>
    execFileSync("git", ["-C", join(server.served, name), ...args], {
      env: { PATH: process.env.PATH, HOME: server.folder, ...PERSON },
      input,
      stdio: ["pipe", "pipe", "pipe"],
    })
      .toString()
      .trim();
  return {
    ...server,
    hooks,
    /** Places besides the request in which a token was seen while git worked. */
    leaks,
    /** As whom requests came. */
    signedIn,
    git,
    /** An empty repository. @returns its address */
    make: (name: string) => {
      execFileSync("git", ["init", "--quiet", "--bare", join(server.served, name)]);
      return `https://${server.host}/${name}`;
    },
    /** `mode blob path` of all files of a commit, in git's order of paths. */
    tree: (name: string, commit: string) =>
      git(name, ["ls-tree", "-r", "-z", commit])
        .split("\0")
        .filter(Boolean)
        .map((line) => line.replace(/^(\d+) blob (\w+)\t/, "$1 $2 "))
        .sort(),
    /** Commits of a branch with their parents, newest first. */
    log: (name: string, branch = "main") =>
      git(name, ["log", "--format=%H %P", branch])
        .split("\n")
        .map((line) => line.trim().split(" ")),
    /** Somebody else's commit on top, with one file more. @returns its id */
    foreign: (name: string, path: string, branch = "main") => {
      const blob = git(name, ["hash-object", "-w", "--stdin"], `foreign ${path}\n`);
      const before = git(name, ["ls-tree", branch]);
      const tree = git(name, ["mktree"], `${before}\n100644 blob ${blob}\t${path}\n`);
      const commit = git(name, ["commit-tree", tree, "-p", branch, "-m", `foreign ${path}`]);
      git(name, ["update-ref", `refs/heads/${branch}`, commit]);
      return commit;
    },
    /** A rule of the branch: who pushes gets these words. */
    protect: (name: string, words: string) => {
      const hook = join(server.served, name, "hooks", "pre-receive");
      writeFileSync(hook, `#!/bin/sh\necho '${words}'\nexit 1\n`);
      chmodSync(hook, 0o755);
    },
    [Symbol.asyncDispose]: async () => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await server[Symbol.asyncDispose]();
    },
    unprotect: (name: string) => rmSync(join(server.served, name, "hooks", "pre-receive")),
  };
}

export type RepoHost = Awaited<ReturnType<typeof startRepoHost>>;

const PERSON = {
  GIT_AUTHOR_NAME: "f",
  GIT_AUTHOR_EMAIL: "f@example.org",
  GIT_COMMITTER_NAME: "f",
  GIT_COMMITTER_EMAIL: "f@example.org",
};

/** Files as `tree` tells them: git's own hash over bytes, mode and path. */
export function asTree(files: FileSet): readonly string[] {
  return [...files]
    .map(([path, { content, executable }]) => {
      const hash = createHash("sha1").update(`blob ${content.byteLength}\0`).update(content).digest("hex");
      return `${executable ? "100755" : "100644"} ${hash} ${path}`;
    })
    .sort();
}

/** Folders in which pushes work. */
export const pushFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("devfactory-push-"));

/** Where tokens are beside the memory of processes: command lines of all of them, and the files of pushes. */
function leaksNow(): readonly string[] {
  const tokens = Object.values(TOKENS);
  const lines = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => tokens.some((token) => formsOf(token).some((form) => line.includes(form))));
  const files = pushFolders().flatMap((name) => tokens.flatMap((token) => filesWith(join(tmpdir(), name), token)));
  return [...lines, ...files];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
