import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppFile, FileSet } from "./fileSet.ts";

export interface FolderOptions {
  /** Folders that are not entered, by path in the folder. */
  readonly skip?: (path: string) => boolean;
  /** Hears of what is neither a file nor a folder (links, sockets): it is left out. */
  readonly onOdd?: (path: string) => void;
}

/** Reads the files of a folder on this machine. Links are not followed. */
export function readFolder(root: string, options: FolderOptions = {}): FileSet {
  const files = new Map<string, AppFile>();
  const visit = (folder: string) => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder ? `${folder}/${name}` : name;
      const stat = lstatSync(join(root, path));
      if (stat.isDirectory()) {
        if (!options.skip?.(path)) visit(path);
      } else if (stat.isFile()) {
        files.set(path, { content: readFileSync(join(root, path)), executable: (stat.mode & 0o100) !== 0 });
      } else options.onOdd?.(path);
    }
  };
  visit("");
  return files;
}
