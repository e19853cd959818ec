// After `npm install` of a new dependency: puts back the lock entries of Biome's builds for other systems, which a registry mirror may not
// hold. Without them `npm ci` refuses the lock file; with them it skips what does not fit the machine.
import { readFileSync, writeFileSync } from "node:fs";

const OTHER_SYSTEMS = [
  ["android", "arm64"],
  ["android", "x64"],
  ["darwin", "arm64"],
  ["darwin", "x64"],
  ["linux", "arm64", "musl"],
  ["linux", "x64", "musl"],
  ["win32", "arm64"],
  ["win32", "x64"],
];

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const { integrity: _, libc: __, ...entry } = lock.packages["node_modules/@biomejs/cli-linux-x64"];
for (const [os, cpu, libc] of OTHER_SYSTEMS) {
  const name = `node_modules/@biomejs/cli-${os}-${cpu}${libc ? `-${libc}` : ""}`;
  lock.packages[name] ??= { ...entry, cpu: [cpu], os: [os], ...(libc ? { libc: [libc] } : {}) };
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
