import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FolderInUse, lockFolder } from "./folderLock.ts";

const MODULE = join(import.meta.dirname, "folderLock.ts");

it("a folder has one holder; closing it or a kill sets it free", () => {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-lock-"));
  const unlock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(new FolderInUse(folder).message);
  unlock();
  const script = `import { lockFolder } from ${JSON.stringify(MODULE)}; lockFolder(${JSON.stringify(folder)}); process.kill(process.pid, "SIGKILL");`;
  expect(() => execFileSync(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" })).toThrow(
    "Command failed",
  );
  lockFolder(folder)();
  rmSync(folder, { recursive: true });
});
