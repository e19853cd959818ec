import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileProblem } from "./storeProblem.ts";

export interface ReplaceOptions {
  /** Permissions of a new file; 0o600 unless given. */
  readonly mode?: number;
  /** Also survives a power cut: content and name are flushed to the disk before this returns. */
  readonly durable?: boolean;
}

let writes = 0;

/**
 * Replaces a file in one step: a reader sees the old or the new text, and after a failure the old one is still there.
 *
 * @throws EngineError with the path and the cause
 */
export function replaceFile(path: string, text: string, { mode = 0o600, durable = false }: ReplaceOptions = {}): void {
  const temporary = `${path}.${process.pid}.${writes++}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeAndRename(temporary, path, text, { mode, durable });
    if (durable) flushFolder(dirname(path));
  } catch (error) {
    throw fileProblem("write", path, error);
  }
}

function writeAndRename(
  temporary: string,
  path: string,
  text: string,
  { mode, durable }: Required<ReplaceOptions>,
): void {
  try {
    writeFileSync(temporary, text, { mode, flush: durable });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true }); // on a full disk half a file would take the last room
    throw error;
  }
}

/** A rename is on the disk when its folder is. */
function flushFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
