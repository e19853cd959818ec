import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { TokenCredential } from "@azure/identity";
import type { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { EngineError, EXIT } from "../engineError.ts";
import type { AzureAccount, AzureProof, ServicePrincipal } from "./azureAccount.ts";
import type { Bucket } from "./bucket.ts";

/** The DIY backend keeps everything in this folder of the container. */
const FOLDER = ".pulumi/";

/**
 * A bucket in a container of Azure Blob storage, with the same blob names as the real CLI's. Texts are block blobs,
 * uploaded in one request each; what is appended to is an append blob.
 */
export class AzureBlobBucket implements Bucket {
  readonly url: string;
  readonly local = false;
  readonly #account: AzureAccount;
  readonly #prefix: string;
  #client: Promise<ContainerClient> | undefined;

  constructor(url: string, account: AzureAccount) {
    this.url = url;
    this.#account = account;
    this.#prefix = account.prefix + FOLDER;
  }

  locate(key: string): string {
    return `azblob://${this.#account.container}/${this.#prefix}${key}`;
  }

  async read(key: string): Promise<string | undefined> {
    return this.#try("read", key, async (container) => {
      try {
        const { readableStreamBody } = await container.getBlobClient(this.#prefix + key).download();
        return readableStreamBody && (await text(readableStreamBody as Readable));
      } catch (error) {
        if (isBlobAbsent(error)) return undefined;
        throw error;
      }
    });
  }

  async write(key: string, content: string): Promise<void> {
    await this.#try("write", key, (container) =>
      container.getBlockBlobClient(this.#prefix + key).upload(content, Buffer.byteLength(content)),
    );
  }

  /** A request that is sent again after its answer was lost adds the same lines twice: readers of journals bear that. */
  async append(key: string, lines: string): Promise<void> {
    await this.#try("write", key, async (container) => {
      const blob = container.getAppendBlobClient(this.#prefix + key);
      try {
        await blob.appendBlock(lines, Buffer.byteLength(lines));
      } catch (error) {
        if (!isBlobAbsent(error)) throw error;
        await blob.createIfNotExists();
        await blob.appendBlock(lines, Buffer.byteLength(lines));
      }
    });
  }

  async remove(key: string): Promise<void> {
    await this.#try("remove", key, async (container) => {
      const name = this.#prefix + key;
      const { succeeded } = await container.getBlobClient(name).deleteIfExists();
      if (succeeded) return;
      for await (const blob of container.listBlobsFlat({ prefix: `${name}/` }))
        await container.getBlobClient(blob.name).deleteIfExists();
    });
  }

  async list(folder: string): Promise<readonly string[]> {
    const prefix = this.#prefix + (folder === "" ? "" : `${folder}/`);
    return this.#try("list", folder, async (container) => {
      const names: string[] = [];
      for await (const item of container.listBlobsByHierarchy("/", { prefix }))
        names.push(item.name.slice(prefix.length));
      return names.sort();
    });
  }

  async #try<T>(verb: string, key: string, work: (container: ContainerClient) => Promise<T>): Promise<T> {
    try {
      this.#client ??= openContainer(this.#account);
      return await work(await this.#client);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw this.#explain(verb, key, error);
    }
  }

  #explain(verb: string, key: string, error: unknown): EngineError {
    const { statusCode = 0, code = "" } = error as { readonly statusCode?: number; readonly code?: string };
    const name = `container ${this.#account.container} of ${this.#account.serviceUrl.split("?", 1)[0]}`;
    const message = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
    const cause = CAUSES.find((row) => row.fits(statusCode, code, message))?.cause(name) ?? `${name}: ${message}`;
    return new EngineError(`could not ${verb} ${this.locate(key)}: ${cause}`, EXIT.error, { cause: error });
  }
}

interface Cause {
  readonly fits: (status: number, code: string, text: string) => boolean;
  readonly cause: (name: string) => string;
}

const LOGIN =
  "set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or log in with `az login` as somebody with the role Storage Blob Data Contributor";

/** What the service's answers mean for the person at the keyboard. */
const CAUSES: readonly Cause[] = [
  {
    fits: (_, code) => code === "ContainerNotFound",
    cause: (name) => `there is no ${name}; make it with \`az storage container create\`, or name another in the URL`,
  },
  {
    fits: (status) => status === 401 || status === 403,
    cause: (name) => `access to the ${name} is denied; ${LOGIN}`,
  },
  {
    fits: (_, code, text) => code === "CredentialUnavailableError" || /credential|AADSTS/i.test(text),
    cause: (name) => `nobody is logged in who could open the ${name}; ${LOGIN}`,
  },
  {
    fits: (_, code) => /ENOTFOUND|EAI_AGAIN/.test(code),
    cause: (name) =>
      `the host of the ${name} is not known; check the account's name, AZURE_STORAGE_DOMAIN and the network`,
  },
  {
    fits: (_, code) => /ECONNREFUSED|ECONNRESET|ETIMEDOUT|REQUEST_SEND_ERROR|EHOSTUNREACH|ENETUNREACH/.test(code),
    cause: (name) => `the ${name} does not answer; check the network and AZURE_STORAGE_DOMAIN`,
  },
];

function isBlobAbsent(error: unknown): boolean {
  const { statusCode, code } = error as { readonly statusCode?: number; readonly code?: string };
  return statusCode === 404 && code !== "ContainerNotFound";
}

/** How often a request is tried, and how long one may take: a person waits. */
const PIPELINE = {
  retryOptions: { maxTries: 3, retryDelayInMs: 300, maxRetryDelayInMs: 2000, tryTimeoutInMs: 30_000 },
};

/** Loads the client library: only here, so that file backends do without it. */
async function openContainer({ container, serviceUrl, proof }: AzureAccount): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const service =
    proof.kind === "connectionString"
      ? BlobServiceClient.fromConnectionString(proof.text, PIPELINE)
      : new BlobServiceClient(serviceUrl, await credentialOf(proof), PIPELINE);
  return service.getContainerClient(container);
}

async function credentialOf(proof: AzureProof): Promise<StorageSharedKeyCredential | TokenCredential | undefined> {
  if (proof.kind === "key")
    return new (await import("@azure/storage-blob")).StorageSharedKeyCredential(proof.account, proof.key);
  if (proof.kind === "servicePrincipal") return principalCredential(proof.principal);
  if (proof.kind !== "identity") return undefined; // a SAS token is part of the URL
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new DefaultAzureCredential(proof.clientId ? { managedIdentityClientId: proof.clientId } : {});
}

async function principalCredential(principal: ServicePrincipal): Promise<TokenCredential> {
  const { tenantId, clientId, secret, authorityHost } = principal;
  // Instance discovery asks Microsoft's cloud about the authority: a local one is unknown there.
  const options = authorityHost === undefined ? {} : { authorityHost, disableInstanceDiscovery: true };
  const { ClientSecretCredential, WorkloadIdentityCredential } = await import("@azure/identity");
  return secret.kind === "text"
    ? new ClientSecretCredential(tenantId, clientId, secret.value, options)
    : new WorkloadIdentityCredential({ ...options, tenantId, clientId, tokenFilePath: secret.value });
}
