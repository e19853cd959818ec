import { link, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { checkPath } from "./path.ts";
import { Workspace } from "./workspace.ts";

let folder: string;
let outside: string;
let workspace: Workspace;

beforeEach(async () => {
  const base = await mkdtemp(join(tmpdir(), "workspace-test-"));
  folder = join(base, "app");
  outside = join(base, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret"), "secret");
  workspace = await Workspace.open(folder);
});

describe("paths", () => {
  it.each([
    "../x",
    "a/../../x",
    "a/./b",
    "a//b",
    "/etc/passwd",
    "~/x",
    "C:/x",
    "c:x",
    "..\\x",
    "a\\b",
    "a\0b",
    "a\nb",
    "%2e%2e/x",
    "a%2fb",
    "",
    "con",
    "nul.txt",
    "a/aux.ts",
    "x.",
    "x ",
    "a:b",
    ".git/config",
    "A/.GIT/hooks/pre-commit",
    ".env",
    "config/.env.local",
    ".npmrc",
    "node_modules/x/index.js",
    ".vscode/tasks.json",
    "x".repeat(300),
  ])("%j is refused", async (path) => {
    await expect(workspace.writeText(path, "x")).rejects.toMatchObject({ code: "PATH_REFUSED" });
    await expect(workspace.readText(path)).rejects.toMatchObject({ code: "PATH_REFUSED" });
  });

  it("what passes stays inside, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        try {
          expect(join("/app", checkPath(text)).startsWith("/app/")).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "PATH_REFUSED" });
        }
      }),
    );
  });
});

describe("links", () => {
  it("a link to a file is neither read nor written", async () => {
    await symlink(join(outside, "secret"), join(folder, "x.ts"));
    await expect(workspace.readText("x.ts")).rejects.toMatchObject({ code: "PATH_REFUSED" });
    await expect(workspace.writeText("x.ts", "changed")).rejects.toMatchObject({ code: "PATH_REFUSED" });
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
  });

  it("a linked folder leads nowhere", async () => {
    await symlink(outside, join(folder, "backend"));
    await expect(workspace.readText("backend/secret")).rejects.toMatchObject({ code: "PATH_REFUSED" });
    await expect(workspace.writeText("backend/new.ts", "x")).rejects.toMatchObject({ code: "PATH_REFUSED" });
    expect(await workspace.list()).toEqual([]);
  });

  it("a hard link is refused", async () => {
    await link(join(outside, "secret"), join(folder, "x.ts"));
    await expect(workspace.writeText("x.ts", "changed")).rejects.toMatchObject({ code: "PATH_REFUSED" });
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
  });
});

it("a name that differs only in spelling is refused", async () => {
  await workspace.writeText("backend/Main.ts", "1");
  await expect(workspace.writeText("backend/main.ts", "2")).rejects.toMatchObject({ code: "PATH_REFUSED" });
});

it("writes are listed once with their hash, and the same text again is no change", async () => {
  expect(await workspace.writeText("b.ts", "one")).toBe(true);
  expect(await workspace.writeText("a/c.ts", "")).toBe(true);
  expect(await workspace.writeText("b.ts", "two")).toBe(true);
  expect(await workspace.writeText("b.ts", "two")).toBe(false);
  expect(workspace.written).toEqual([
    { path: "a/c.ts", sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", bytes: 0 },
    { path: "b.ts", sha256: "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3", bytes: 3 },
  ]);
  expect(await workspace.list()).toEqual(["a/c.ts", "b.ts"]);
  expect(await workspace.list("a")).toEqual(["a/c.ts"]);
});

it("a shorter text leaves nothing of the longer one", async () => {
  await workspace.writeText("x.ts", "a long text");
  await workspace.writeText("x.ts", "short");
  expect(await workspace.readText("x.ts")).toBe("short");
});

it("a missing file is named", async () => {
  await expect(workspace.readText("backend/none.ts")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
});
