import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Folder of what every data folder and app on this machine may use again: `DEVFACTORY_CACHE`, else below the temporary folder. The
 * agents' installs and the builds' share its `npm`: a lock file's integrity hashes decide what is taken from there.
 */
export function sharedCache(env: NodeJS.ProcessEnv = process.env): string {
  return env.DEVFACTORY_CACHE || join(tmpdir(), "devfactory-cache");
}
