import { existsSync, mkdirSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { extract } from "tar";
import type { EmulatorContext } from "../../core/context.ts";
import type { Caller } from "../../core/tokens.ts";
import { hasRight } from "./auth.ts";
import type { BlobStore } from "./blobs.ts";
import type { BuiltImage } from "./build/builder.ts";
import { environmentOf, type ImageConfig, pythonFolder, userId, wantsNode } from "./build/imageConfig.ts";
import type { Layer, LayerStore } from "./build/layers.ts";
import type { Catalog } from "./catalog.ts";
import type { ManifestBody, RegistryView } from "./distribution.ts";
import { RegistryError } from "./errors.ts";

/** An image that is ready to run on this machine. */
export interface OpenImage {
  readonly digest: string;
  /** The unpacked files, shared by all who run it: never write here. */
  readonly root: string;
  /** The checkout, for an image that was built in place: run there, without the root. */
  readonly inPlace?: string;
  /** Wants this machine's node and npm. */
  readonly node: boolean;
  /** Folder of this machine's Python that it wants, where that is not the system's own. */
  readonly python?: string | undefined;
  readonly config: {
    readonly env: Readonly<Record<string, string>>;
    readonly cmd: readonly string[];
    readonly entrypoint: readonly string[];
    readonly workingDir: string;
    readonly uid: number;
  };
}

interface ImageParts {
  readonly context: EmulatorContext;
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly layers: LayerStore;
  readonly folder: string;
  /** The registry that answers at a login server. */
  readonly registryAt: (loginServer: string) => RegistryView | undefined;
}

/** Opens images for the hosts: the pull right is checked, the layers are unpacked once. */
export class ImageStore {
  readonly #parts: ImageParts;
  readonly #unpacking = new Map<string, Promise<string>>();
  readonly #preparing = new Set<Promise<unknown>>();

  constructor(parts: ImageParts) {
    this.#parts = parts;
    mkdirSync(join(parts.folder, "roots"), { recursive: true });
  }

  /**
   * @param reference `<loginServer>/<repository>[:tag|@digest]`
   * @param caller who pulls; `undefined` for nobody (no registry here is public)
   * @throws {RegistryError} `NAME_UNKNOWN` (no such registry), `UNAUTHORIZED`, `DENIED`, `MANIFEST_UNKNOWN`
   */
  async open(reference: string, caller: Caller | undefined): Promise<OpenImage> {
    const found = this.#find(reference, caller);
    const { config, layers } = await this.#read(found.digest);
    const inPlace = this.#parts.catalog.inPlace(found.digest);
    const root = inPlace ?? (await this.#unpack(found.digest, layers));
    return {
      digest: found.digest,
      root,
      ...(inPlace ? { inPlace } : {}),
      node: wantsNode(config),
      python: pythonFolder(config),
      config: {
        env: environmentOf(config),
        cmd: config.Cmd ?? [],
        entrypoint: config.Entrypoint ?? [],
        workingDir: config.WorkingDir || "/",
        uid: userId(config.User),
      },
    };
  }

  /** Begins to unpack an image that was just built: it is about to run. A failure shows when it is opened. */
  prepare(digest: string, layers: readonly Layer[]): void {
    if (layers.length === 0) return;
    const unpacked = this.#unpack(digest, layers).catch(() => undefined);
    this.#preparing.add(unpacked);
    void unpacked.then(() => this.#preparing.delete(unpacked));
  }

  /** Resolves when nothing is being prepared. */
  async settled(): Promise<void> {
    await Promise.all(this.#preparing);
  }

  /** The layers of an image, for a build upon it. @returns `undefined` when the reference is of no registry here */
  async base(reference: string, caller: Caller): Promise<BuiltImage | undefined> {
    if (!this.#parts.registryAt(splitReference(reference).server)) return undefined;
    const found = this.#find(reference, caller);
    if (this.#parts.catalog.inPlace(found.digest))
      throw new RegistryError("DENIED", `${reference} runs in the checkout: it has no files`);
    return this.#read(found.digest);
  }

  #find(reference: string, caller: Caller | undefined): { digest: string } {
    const { server, repository, version } = splitReference(reference);
    const registry = this.#parts.registryAt(server);
    if (!registry) throw new RegistryError("NAME_UNKNOWN", `there is no registry ${server} for ${reference}`);
    if (!caller) throw new RegistryError("UNAUTHORIZED", `${reference}: authentication required`);
    if (!hasRight(this.#parts.context, caller, "pull", registry.id)) {
      throw new RegistryError("DENIED", `${reference}: ${caller.objectId} has no right to pull (AcrPull)`);
    }
    const found = this.#parts.catalog.manifest(registry.id, repository, version);
    if (!found) throw new RegistryError("MANIFEST_UNKNOWN", `${reference}: there is no such image`);
    return found;
  }

  async #read(digest: string): Promise<BuiltImage> {
    const manifest = JSON.parse(await readFile(this.#parts.blobs.path(digest), "utf8")) as ManifestBody;
    if (!manifest.config) throw new RegistryError("MANIFEST_INVALID", `${digest} is an index, not an image`);
    const config = JSON.parse(await readFile(this.#parts.blobs.path(manifest.config.digest), "utf8")) as {
      config?: ImageConfig;
    };
    const layers = await Promise.all((manifest.layers ?? []).map((each) => this.#layer(each.digest)));
    return { config: config.config ?? {}, layers };
  }

  /** A layer as the store knows it; one that a client pushed is unpacked first. */
  async #layer(digest: string): Promise<Layer> {
    const { layers, blobs } = this.#parts;
    const known = layers.find(digest);
    if (known) return known;
    const folder = layers.newFolder();
    const removed: string[] = [];
    await extract({
      file: blobs.path(digest),
      cwd: folder,
      filter: (path) => {
        const name = path.split("/").at(-1) ?? "";
        if (name.startsWith(".wh.")) removed.push(path.replace(/(^|\/)\.wh\.([^/]+)$/, "$1$2"));
        return !name.startsWith(".wh.");
      },
    });
    return layers.adopt(digest, folder, blobs.size(digest), removed);
  }

  /** One unpacking at a time for a digest; it appears whole or not at all. */
  #unpack(digest: string, layers: readonly Layer[]): Promise<string> {
    const root = join(this.#parts.folder, "roots", digest.slice("sha256:".length));
    if (existsSync(root)) return Promise.resolve(root);
    const running = this.#unpacking.get(digest);
    if (running) return running;
    const work = async (): Promise<string> => {
      const folder = this.#parts.layers.newFolder();
      await this.#parts.layers.unpack(layers, folder, "link");
      if (existsSync(root)) await rm(folder, { recursive: true, force: true });
      else await rename(folder, root);
      return root;
    };
    const promise = work().finally(() => this.#unpacking.delete(digest));
    this.#unpacking.set(digest, promise);
    return promise;
  }
}

const stores = new WeakMap<EmulatorContext, ImageStore>();

/** Makes the image store of a registry service known to {@link imagesOf}. */
export function announceImages(context: EmulatorContext, images: ImageStore): void {
  stores.set(context, images);
}

/** The image store of the registry service that lives in the same house. @throws when there is none */
export function imagesOf(context: EmulatorContext): ImageStore {
  const images = stores.get(context);
  if (!images) throw new Error("the registry service is not part of this emulator");
  return images;
}

/** `localhost:5000/team/app@sha256:…` → its parts; without a version it is `latest`. */
export function splitReference(reference: string): { server: string; repository: string; version: string } {
  const slash = reference.indexOf("/");
  const server = reference.slice(0, Math.max(slash, 0));
  const rest = reference.slice(slash + 1);
  const at = rest.indexOf("@");
  if (at >= 0) return { server, repository: rest.slice(0, at).split(":")[0] ?? "", version: rest.slice(at + 1) };
  const colon = rest.indexOf(":");
  return colon < 0
    ? { server, repository: rest, version: "latest" }
    : { server, repository: rest.slice(0, colon), version: rest.slice(colon + 1) };
}
