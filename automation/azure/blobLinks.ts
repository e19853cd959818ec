import {
  BlobSASPermissions,
  type BlobServiceClient,
  generateBlobSASQueryParameters,
  SASProtocol,
} from "@azure/storage-blob";

/** How long a link opens its file. */
export const LINK_MS = 15 * 60_000;
/** A clock that is behind ours must not find that a link begins later. */
const SKEW_MS = 60_000;
/** A key signs links for so long; each link ends by itself. */
const KEY_MS = 60 * 60_000;

export interface BlobLink {
  readonly url: string;
  readonly expiresAt: string;
}

/** What a link opens. */
export interface LinkedBlob {
  readonly container: string;
  readonly blob: string;
  /** The name under which it is saved. */
  readonly fileName: string;
  readonly contentType: string;
}

type UserDelegationKey = Awaited<ReturnType<BlobServiceClient["getUserDelegationKey"]>>;

/**
 * Makes links that open one blob, for reading, for 15 minutes, without a sign-in: signed with a key that Entra gives to this identity, so
 * they never open more than the identity may, and the account's own keys stay off.
 *
 * @see Microsoft Learn, "Create a user delegation SAS"
 */
export class BlobLinks {
  readonly #client: BlobServiceClient;
  readonly #now: () => number;
  #key: { readonly value: Promise<UserDelegationKey>; readonly until: number } | undefined;

  constructor(client: BlobServiceClient, now: () => number = Date.now) {
    this.#client = client;
    this.#now = now;
  }

  async make({ container, blob, fileName, contentType }: LinkedBlob): Promise<BlobLink> {
    const now = this.#now();
    const key = await this.#currentKey(now);
    const expiresOn = new Date(now + LINK_MS);
    const client = this.#client.getContainerClient(container).getBlobClient(blob);
    const query = generateBlobSASQueryParameters(
      {
        containerName: container,
        blobName: blob,
        permissions: BlobSASPermissions.parse("r"),
        startsOn: new Date(now - SKEW_MS),
        expiresOn,
        protocol: SASProtocol.Https,
        contentDisposition: `attachment; filename="${fileName.replace(/[^\w.-]/g, "_")}"`,
        contentType,
      },
      key,
      client.accountName,
    );
    return { url: `${client.url}?${query.toString()}`, expiresAt: expiresOn.toISOString() };
  }

  #currentKey(now: number): Promise<UserDelegationKey> {
    if (this.#key && this.#key.until > now + LINK_MS) return this.#key.value;
    const until = now + KEY_MS;
    const value = this.#client.getUserDelegationKey(new Date(now - SKEW_MS), new Date(until));
    this.#key = { value, until };
    value.catch(() => {
      if (this.#key?.value === value) this.#key = undefined;
    });
    return value;
  }
}
