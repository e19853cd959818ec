import type { TokenCredential } from "@azure/identity";
import { BlobServiceClient } from "@azure/storage-blob";

/** A client whose every try ends: without a limit one on a dead connection would wait for ever. Blocks of an upload are tries of their own. */
export function blobService(endpoint: string, credential: TokenCredential): BlobServiceClient {
  const retryOptions = { maxTries: 3, tryTimeoutInMs: 20_000, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };
  return new BlobServiceClient(endpoint, credential, { retryOptions });
}
