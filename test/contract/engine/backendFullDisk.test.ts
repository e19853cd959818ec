import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ENGINE_ROOT } from "../../../emulator/engine/inProcess.ts";
import type { FullDiskRound } from "../../../emulator/engine/testing/fullDisk.ts";
import { golden, openShell } from "../../../emulator/engine/testing/shell.ts";

const DISK_BYTES = 256 * 1024;
const FULL = "no space left on device; make room and run the command again";

/** bubblewrap gives a small disk to a plain user. */
const missing =
  spawnSync("bwrap", ["--version"]).status === 0 ? "" : " (bwrap is not installed: apt-get install bubblewrap)";

it.skipIf(missing !== "")(`a disk that fills up costs nothing that was done, at whatever moment${missing}`, () => {
  const disk = mkdtempSync(join(tmpdir(), "engine-full-"));
  const wrap = ["--dev-bind", "/", "/", "--size", String(DISK_BYTES), "--tmpfs", disk];
  const script = join(ENGINE_ROOT, "testing", "fullDisk.ts");
  const { stdout, stderr } = spawnSync("bwrap", [...wrap, process.execPath, script, disk, "10"], { encoding: "utf8" });
  rmSync(disk, { recursive: true });
  if (stdout === "") throw new Error(stderr);
  const rounds = JSON.parse(stdout) as readonly FullDiskRound[];
  const file = (path: string) => `could not write ${disk}/.pulumi/${path}: ${FULL}`;
  const kept = `\nWhat this operation has done is kept in ${disk}/.pulumi/stacks/proj/dev.journal; the next command takes it up from there.`;
  const kinds = rounds.map(({ error }) => error.replace(/[0-9a-f-]{36}/, "UUID"));
  expect([...new Set(kinds)]).toEqual([
    file("locks/organization/proj/dev/UUID.json"),
    file("stacks/proj/dev.journal"),
    file("stacks/proj/dev.json.bak") + kept,
    "",
  ]);
  // Without a journal no provider is called: nobody would know of what it made.
  const unwritten = rounds.filter(({ error }) => /locks|dev\.journal:/.test(error));
  expect(unwritten.map(({ created }) => created)).toEqual(unwritten.map(() => false));
  // A create whose end could not be noted is one that the next operation warns of; nothing else is missing, nothing invented.
  for (const { free, lost, pending, imagined } of rounds)
    expect([free, lost <= pending, imagined]).toEqual([free, true, 0]);
  const unsaved = rounds.filter(({ error }) => error.endsWith(kept));
  expect(unsaved.map(({ journalLeft }) => journalLeft)).toEqual(unsaved.map(() => true));
  expect(unsaved.at(-1)).toMatchObject({ created: true, lost: 0, pending: 0 });
});

it.skipIf(missing !== "")(`a disk that may only be read is read, and named when it should be written${missing}`, () => {
  using shell = openShell();
  shell.write("Pulumi.dev.yaml", golden("Pulumi.dev.yaml"));
  shell.write(".pulumi/stacks/shop/dev.json", golden("checkpoint.json"));
  const { latest } = JSON.parse(golden("checkpoint.json")).checkpoint;
  const lines = [
    { kind: "base", time: latest.manifest.time, secrets: latest.secrets_providers },
    { kind: "change", old: { index: 3, resource: null } },
  ];
  shell.write(".pulumi/stacks/shop/dev.journal", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const readOnly = (...command: readonly string[]) => {
    const wrap = ["--dev-bind", "/", "/", "--ro-bind", shell.folder, shell.folder];
    const argv = [...wrap, join(ENGINE_ROOT, "bin", "pulumi"), ...command];
    return spawnSync("bwrap", argv, { cwd: shell.folder, env: { ...process.env, ...shell.env }, encoding: "utf8" });
  };
  expect(JSON.parse(readOnly("stack", "export").stdout).deployment.resources).toHaveLength(3);
  const { status, stderr } = readOnly("state", "unprotect", "--all");
  expect([status, stderr.replace(/[0-9a-f-]{36}/, "UUID")]).toEqual([
    1,
    `error: could not write ${shell.folder}/.pulumi/locks/organization/shop/dev/UUID.json: the file system is read-only; choose another place\n`,
  ]);
  expect(shell.read(".pulumi/stacks/shop/dev.json")).toBe(golden("checkpoint.json"));
});
