import type { ContainerClient } from "@azure/storage-blob";

interface Blob {
  readonly content: Buffer;
  readonly contentType: string;
}

/** A blob container in memory, for what its users do; what the service promises has tests of its own. */
export class MemoryContainer {
  readonly blobs = new Map<string, Blob>();
  /** Uploads since the last look, in order. */
  readonly uploads: string[] = [];

  client(): ContainerClient {
    const blob = (name: string) => ({
      exists: async () => this.blobs.has(name),
      uploadData: async (data: Uint8Array, options?: { blobHTTPHeaders?: { blobContentType?: string } }) => {
        this.uploads.push(name);
        const contentType = options?.blobHTTPHeaders?.blobContentType ?? "application/octet-stream";
        this.blobs.set(name, { content: Buffer.from(data), contentType });
      },
      deleteIfExists: async () => ({ succeeded: this.blobs.delete(name) }),
      downloadToBuffer: async () => {
        const found = this.blobs.get(name);
        if (!found) throw Object.assign(new Error(`no blob ${name}`), { statusCode: 404 });
        return found.content;
      },
    });
    const list = (prefix: string) =>
      [...this.blobs]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { content }]) => ({ name, properties: { contentLength: content.length } }));
    const container = {
      getBlockBlobClient: blob,
      getBlobClient: blob,
      async *listBlobsFlat({ prefix = "" }: { prefix?: string }) {
        yield* list(prefix);
      },
    };
    return container as unknown as ContainerClient;
  }
}
