import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { EngineError, EXIT } from "../engineError.ts";
import { azureAccount } from "./azureAccount.ts";
import { AzureBlobBucket } from "./azureBlobBucket.ts";
import type { Bucket } from "./bucket.ts";
import { FileBucket } from "./fileBucket.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the store behind a backend URL: `file://~`, `file:///path`, `file://./relative`, `azblob://container/prefix`.
 * Nothing is read or sent before the first use.
 *
 * @throws EngineError for schemes that this engine does not have, and for incomplete settings
 */
export function openBucket(url: string, cwd: string, env: Environment): Bucket {
  if (url.startsWith("azblob://")) return new AzureBlobBucket(url, azureAccount(url, env));
  if (!url.startsWith("file://")) {
    throw new EngineError(
      `the backend ${url} is not available in this engine: only file:// and azblob:// backends are (use the Pulumi CLI for others)`,
      EXIT.authentication,
    );
  }
  const path = url.slice("file://".length).split("?", 1)[0] ?? "";
  const home = env.HOME || homedir();
  const expanded = path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : decode(path, url);
  return new FileBucket(url, join(resolve(cwd, expanded), ".pulumi"));
}

function decode(path: string, url: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new EngineError(`the backend URL ${url} has a bad % sequence`, EXIT.authentication, { cause: error });
  }
}
