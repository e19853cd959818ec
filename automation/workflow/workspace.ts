import type { ContainerClient } from "@azure/storage-blob";
import { type FileSet, hashFiles } from "../archive/fileSet.ts";
import { readTar, writeTar } from "../archive/tar.ts";
import { readBlob } from "../azure/blobReads.ts";

/** Stores the app's files as one archive, named by their hash. @returns its blob name in `workspaces` */
export async function saveWorkspace(
  container: Pick<ContainerClient, "getBlockBlobClient">,
  appId: string,
  files: FileSet,
): Promise<string> {
  const name = `apps/${appId}/${hashFiles(files)}.tar.gz`;
  const blob = container.getBlockBlobClient(name);
  if (!(await blob.exists())) {
    await blob.uploadData(await writeTar(files), { blobHTTPHeaders: { blobContentType: "application/gzip" } });
  }
  return name;
}

/** @param name of {@link saveWorkspace}; nothing is an empty workspace */
export async function loadWorkspace(container: ContainerClient, name: string | undefined): Promise<FileSet> {
  if (name === undefined) return new Map();
  return readTar(await readBlob(container.getBlobClient(name)));
}
