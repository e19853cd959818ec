import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The plugins and the versions under which programs ask for them. */
export const PLUGINS = [
  { name: "azure-native", version: "3.28.0" },
  { name: "azuread", version: "6.9.1" },
  { name: "docker", version: "5.2.0" },
] as const;

/**
 * Puts the local providers where the engine looks for plugins: `<pulumiHome>/plugins/resource-<pkg>-v<version>/`. Each is a launcher
 * that names this very Node, because the PATH of a caller may hold an older one.
 */
export function linkPlugins(pulumiHome: string): void {
  for (const { name, version } of PLUGINS) {
    const folder = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
    mkdirSync(folder, { recursive: true });
    const script = fileURLToPath(new URL(`./bin/pulumi-resource-${name}`, import.meta.url));
    const launcher = join(folder, `pulumi-resource-${name}`);
    writeFileSync(launcher, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(script)} "$@"\n`);
    chmodSync(launcher, 0o755);
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
