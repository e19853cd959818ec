import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { pack, unpack } from "./blobTask.ts";

let base: string;
let target: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "blob-task-"));
  target = join(base, "target");
  await mkdir(join(base, "app/backend"), { recursive: true });
  await mkdir(target);
  await writeFile(join(base, "app/backend/a file.ts"), "text");
  await writeFile(join(base, "app/-x"), "dash");
});

it("what was packed comes out again, and the same files give the same archive", async () => {
  const paths = ["backend/a file.ts", "./-x"];
  await pack(join(base, "1.tar.gz"), join(base, "app"), paths);
  await pack(join(base, "2.tar.gz"), join(base, "app"), paths);
  await unpack(join(base, "1.tar.gz"), target);
  expect((await readdir(target, { recursive: true })).sort()).toEqual(["-x", "backend", "backend/a file.ts"]);
  expect(await readFile(join(target, "backend/a file.ts"), "utf8")).toBe("text");
  expect(execFileSync("tar", ["-tzf", join(base, "1.tar.gz")])).toEqual(
    execFileSync("tar", ["-tzf", join(base, "2.tar.gz")]),
  );
});

it("an archive with a link is refused before anything is unpacked", async () => {
  await symlink("/etc", join(base, "app/etc"));
  execFileSync("tar", ["-czf", join(base, "evil.tar.gz"), "-C", join(base, "app"), "backend", "etc"]);
  await expect(unpack(join(base, "evil.tar.gz"), target)).rejects.toMatchObject({ code: "PATH_REFUSED" });
  expect(await readdir(target)).toEqual([]);
});

it("an archive that leads outside is refused", async () => {
  execFileSync("tar", ["-czPf", join(base, "evil.tar.gz"), "-C", join(base, "app/backend"), "../-x"]);
  await expect(unpack(join(base, "evil.tar.gz"), target)).rejects.toMatchObject({ code: "PATH_REFUSED" });
});
