import { setTimeout as sleep } from "node:timers/promises";
import { type AppFile, type FileSet, sha256 } from "../../archive/fileSet.ts";
import { writeZip } from "../../archive/zip.ts";
import { type ApiClient, ApiError, type TakenSource } from "../../client/apiClient.ts";
import { CliError } from "../cliError.ts";

/** One request brings so many bytes of contents at most: after a broken connection the next call goes on behind it. */
const PART_BYTES = 16 * 1024 * 1024;
const ROUNDS = 3;
const BUSY_PAUSE_MS = 500;
const BUSY_MOST_MS = 60_000;

export interface Uploaded {
  readonly taken: TakenSource;
  /** Contents that were not there yet. */
  readonly sent: number;
}

/**
 * Makes a folder's files the source of an app. Only contents that the app never had are sent, in parts.
 *
 * @param tell hears of the progress
 * @throws {CliError} when the project is not understood, with the way out
 */
export async function upload(
  api: Pick<ApiClient, "sourceManifest" | "sourceContents">,
  appId: string,
  files: FileSet,
  tell: (line: string) => void,
): Promise<Uploaded> {
  const byHash = new Map<string, readonly [string, AppFile]>();
  const manifest = [...files].map(([path, file]) => {
    const hash = sha256(file.content);
    byHash.set(hash, [path, file]);
    return { path, sha256: hash, ...(file.executable && { executable: true }) };
  });
  let sent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const answer = await patiently(() => api.sourceManifest(appId, manifest));
    if (!("missing" in answer)) {
      if (answer.problem) throw new CliError(answer.problem.detail, answer.problem.fix, { wrongUse: true });
      return { taken: answer, sent };
    }
    const missing = answer.missing.map((hash) => byHash.get(hash)).filter((pair) => pair !== undefined);
    for (const part of parts(missing)) {
      await patiently(() => api.sourceContents(appId, writeZip(new Map(part))));
      sent += part.length;
      tell(`sent ${sent} of ${missing.length} files`);
    }
  }
  throw new CliError("The files do not arrive.", "Try again; what was sent is kept.");
}

/** The service takes a few uploads at once: the others come back a little later. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += BUSY_PAUSE_MS) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "SOURCE_BUSY" || waited >= BUSY_MOST_MS) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

/** Groups that stay below the size of one part; a larger file is a part of its own. */
function parts(files: readonly (readonly [string, AppFile])[]): readonly (readonly (readonly [string, AppFile])[])[] {
  const groups: (readonly [string, AppFile])[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of files) {
    const size = file[1].content.byteLength;
    if (bytes + size > PART_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(file);
    bytes += size;
  }
  return groups;
}
