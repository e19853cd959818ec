import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { testStorage } from "../../services/storage/testStorage.ts";

/** A service of Azure Blob storage for a test, with one container. */
export interface BlobStore extends AsyncDisposable {
  /** `azblob://state`. */
  readonly url: string;
  /** What a command needs in its environment to get there. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of all blobs in the container, sorted. */
  names(): Promise<readonly string[]>;
}

const CONTAINER = "state";
/** The account and the public key of every Azurite. */
const AZURITE_ACCOUNT = "devstoreaccount1";
const AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const AZURITE_FOLDER = join(import.meta.dirname, "..", "..", "..", "test", "contract", "engine", "azurite");
const AZURITE = join(AZURITE_FOLDER, "node_modules", "azurite", "dist", "src", "blob", "main.js");

/** Why Azurite cannot be started here, and what to do; `undefined` when it can. */
export const azuriteMissing: string | undefined = existsSync(AZURITE)
  ? undefined
  : "Azurite is not installed: npm ci --prefix test/contract/engine/azurite";

/** Microsoft's emulator, in a process of its own, in memory, over http. */
export async function startAzurite(): Promise<BlobStore> {
  const folder = mkdtempSync(join(tmpdir(), "azurite-"));
  const options = ["--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"];
  const child = spawn(process.execPath, [AZURITE, ...options], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += String(chunk);
      const found = /successfully listens on (http:\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    child.on("exit", () => reject(new Error(`Azurite ended: ${said}`)));
  });
  const domain = address.slice("http://".length);
  return openStore({
    env: {
      AZURE_STORAGE_ACCOUNT: AZURITE_ACCOUNT,
      AZURE_STORAGE_KEY: AZURITE_KEY,
      AZURE_STORAGE_DOMAIN: domain,
      AZURE_STORAGE_PROTOCOL: "http",
      AZURE_STORAGE_IS_LOCAL_EMULATOR: "true",
    },
    serviceUrl: `${address}/${AZURITE_ACCOUNT}`,
    account: AZURITE_ACCOUNT,
    key: AZURITE_KEY,
    stop: async () => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** This repository's own storage service, in this process, over https; other processes trust it by NODE_EXTRA_CA_CERTS. */
export async function startOwnStorage(): Promise<BlobStore> {
  const storage = await testStorage();
  const folder = mkdtempSync(join(tmpdir(), "blob-store-"));
  const certificate = join(folder, "ca.pem");
  writeFileSync(certificate, storage.context.certificates.ca);
  const { keys } = (await storage.act("listKeys")) as { readonly keys: readonly { readonly value: string }[] };
  const { host } = new URL(storage.endpoints.blob);
  const account = new URL(storage.endpoints.blob).pathname.replaceAll("/", "");
  const key = keys[0]?.value ?? "";
  return openStore({
    env: {
      AZURE_STORAGE_ACCOUNT: account,
      AZURE_STORAGE_KEY: key,
      AZURE_STORAGE_DOMAIN: host,
      NODE_EXTRA_CA_CERTS: certificate,
    },
    serviceUrl: storage.endpoints.blob,
    account,
    key,
    stop: async () => {
      await storage[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

interface StoreParts {
  readonly env: Readonly<Record<string, string>>;
  readonly serviceUrl: string;
  readonly account: string;
  readonly key: string;
  readonly stop: () => Promise<void>;
}

async function openStore({ env, serviceUrl, account, key, stop }: StoreParts): Promise<BlobStore> {
  const service = new BlobServiceClient(serviceUrl, new StorageSharedKeyCredential(account, key));
  const container = service.getContainerClient(CONTAINER);
  await container.create();
  return {
    url: `azblob://${CONTAINER}`,
    env,
    async names() {
      const names: string[] = [];
      for await (const { name } of container.listBlobsFlat()) names.push(name);
      return names.sort();
    },
    [Symbol.asyncDispose]: stop,
  };
}
