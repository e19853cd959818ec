import { BlobServiceClient } from "@azure/storage-blob";
import { listBlobs, readBlob } from "../azure/blobReads.ts";
import { createCredential } from "../azure/credential.ts";
import type { LockFolder } from "./lockFolder.ts";
import { readLock, type StateLock } from "./stateLock.ts";

/**
 * The lock files of a stack in Blob storage, read as the identity of this process.
 *
 * @param backend `azblob://container/prefix?storage_account=…` with Pulumi's options `domain`, `protocol` and `localemu`
 * @see gocloud.dev/blob/azureblob, "URLs"
 */
export function blobFolder(backend: string, folder: string, environment = process.env): LockFolder {
  const { hostname, pathname, searchParams } = new URL(backend);
  const account = searchParams.get("storage_account") ?? environment.AZURE_STORAGE_ACCOUNT ?? "";
  const domain = searchParams.get("domain") ?? "blob.core.windows.net";
  const protocol = searchParams.get("protocol") ?? "https";
  // Emulators have the account in the path.
  const host = searchParams.get("localemu") === "true" ? `${domain}/${account}` : `${account}.${domain}`;
  const service = new BlobServiceClient(`${protocol}://${host}`, createCredential(environment));
  const container = service.getContainerClient(hostname);
  const inside = `${[...decodeURIComponent(pathname).split("/"), ...folder.split("/")].filter(Boolean).join("/")}/`;
  return {
    list: async () => {
      const found: StateLock[] = [];
      for (const { name } of await listBlobs(container, { prefix: inside })) {
        const bytes = await readBlob(container.getBlobClient(name));
        found.push(readLock(name.slice(inside.length), bytes.toString("utf8")));
      }
      return found;
    },
    remove: async (name) => void (await container.getBlobClient(`${inside}${name}`).deleteIfExists()),
  };
}
