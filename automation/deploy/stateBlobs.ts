import { BlobServiceClient } from "@azure/storage-blob";
import { listBlobs, readBlob } from "../azure/blobReads.ts";
import { createCredential } from "../azure/credential.ts";
import { httpStatus } from "../errors.ts";
import type { StateFiles } from "./stateFiles.ts";

/**
 * State files in Blob storage, as the identity of this process.
 *
 * @param backend `azblob://container/prefix?storage_account=…` with Pulumi's options `domain`, `protocol` and `localemu`
 * @see gocloud.dev/blob/azureblob, "URLs"
 */
export function blobFiles(backend: string, environment = process.env): StateFiles {
  const { hostname, pathname, searchParams } = new URL(backend);
  const account = searchParams.get("storage_account") ?? environment.AZURE_STORAGE_ACCOUNT ?? "";
  const domain = searchParams.get("domain") ?? "blob.core.windows.net";
  const protocol = searchParams.get("protocol") ?? "https";
  // Emulators have the account in the path.
  const host = searchParams.get("localemu") === "true" ? `${domain}/${account}` : `${account}.${domain}`;
  const service = new BlobServiceClient(`${protocol}://${host}`, createCredential(environment));
  const container = service.getContainerClient(hostname);
  const root = decodeURIComponent(pathname).split("/");
  const nameOf = (path: string) => [...root, ...path.split("/")].filter(Boolean).join("/");
  return {
    list: async (folder) => {
      const prefix = `${nameOf(folder)}/`;
      const names = (await listBlobs(container, { prefix })).map(({ name }) => name.slice(prefix.length));
      return names.filter((name) => !name.includes("/")).sort();
    },
    read: async (path) => {
      try {
        return (await readBlob(container.getBlobClient(nameOf(path)))).toString("utf8");
      } catch (error) {
        if (httpStatus(error) === 404) return undefined;
        throw error;
      }
    },
    write: async (path, text) => {
      await container.getBlockBlobClient(nameOf(path)).upload(text, Buffer.byteLength(text));
    },
    remove: async (path) => void (await container.getBlobClient(nameOf(path)).deleteIfExists()),
  };
}
