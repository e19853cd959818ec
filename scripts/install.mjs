// Runs before `npm start` and `npm test`, on whatever Node is there: installs when the lock file is newer than what is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const installed = join(root, "node_modules", ".package-lock.json");

/** True when every package of the lock file stands installed in the same version. */
function isInstalled() {
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || found[path]?.version === entry.version,
  );
}

if (!isInstalled()) {
  console.error("Installing (once, some 30 s) …");
  const result = spawnSync("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (result.status !== 0) {
    console.error("The installation failed: see the lines above. `npm ci` in this folder shows it alone.");
    process.exit(1);
  }
}
