import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import type { BlobStore } from "../blobs.ts";
import { writeLayer } from "./layerTar.ts";

const run = promisify(execFile);

export interface Layer {
  readonly digest: string;
  readonly size: number;
  /** Paths (without a leading slash) that it takes away from the layers below. */
  readonly removed: readonly string[];
}

/** Layers that builds made, unpacked and as blobs, found again by the hash of what made them. */
export class LayerStore {
  readonly #folder: string;
  readonly #blobs: BlobStore;
  readonly #database: DatabaseSync;
  readonly #going = new Set<Promise<void>>();

  constructor(folder: string, blobs: BlobStore, database: DatabaseSync) {
    this.#folder = folder;
    this.#blobs = blobs;
    this.#database = database;
    mkdirSync(join(folder, "layers"), { recursive: true });
    rmSync(join(folder, "work"), { recursive: true, force: true });
    mkdirSync(join(folder, "work"));
    database.exec(
      "CREATE TABLE IF NOT EXISTS registry_layers (key TEXT PRIMARY KEY, digest TEXT NOT NULL, size INTEGER NOT NULL, removed TEXT NOT NULL)",
    );
    database.exec("CREATE TABLE IF NOT EXISTS registry_copies (key TEXT PRIMARY KEY, inputs TEXT NOT NULL)");
  }

  /** The layer that an equal step on an equal parent made before. */
  cached(key: string): Layer | undefined {
    const row = this.#database.prepare("SELECT digest, size, removed FROM registry_layers WHERE key = ?").get(key);
    if (!row || !existsSync(this.folder(String(row.digest)))) return undefined;
    return { digest: String(row.digest), size: Number(row.size), removed: JSON.parse(String(row.removed)) as string[] };
  }

  /** A layer by its digest, if it is unpacked here. */
  find(digest: string): Layer | undefined {
    const row = this.#database.prepare("SELECT key FROM registry_layers WHERE digest = ? LIMIT 1").get(digest);
    return row && this.cached(String(row.key));
  }

  /** Takes over a folder into which a pushed layer was unpacked. */
  async adopt(digest: string, folder: string, size: number, removed: readonly string[]): Promise<Layer> {
    return this.#record(`pushed ${digest}`, folder, { digest, size, removed });
  }

  /** What a `COPY --from` of known layers brings (a hash), so that they are not unpacked and read only to find out. */
  copyInputs(key: string): string | undefined {
    const row = this.#database.prepare("SELECT inputs FROM registry_copies WHERE key = ?").get(key);
    return row && String(row.inputs);
  }

  /** Keeps what {@link copyInputs} answers. */
  rememberCopy(key: string, inputs: string): void {
    this.#database.prepare("INSERT OR REPLACE INTO registry_copies VALUES (?, ?)").run(key, inputs);
  }

  /** Removes a work folder while others go on; what is left of it at the end goes at the next start. */
  discard(folder: string): void {
    const gone = rm(folder, { recursive: true, force: true }).catch(() => undefined);
    this.#going.add(gone);
    void gone.then(() => this.#going.delete(gone));
  }

  /** Resolves when all discarded folders are gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#going);
  }

  /** A new empty folder for a step's work, on the same disk as the layers. */
  newFolder(): string {
    const folder = join(this.#folder, "work", randomUUID());
    mkdirSync(folder);
    return folder;
  }

  /** Stores a folder as a layer under `key`; the folder is taken over. */
  async commit(key: string, folder: string, removed: readonly string[]): Promise<Layer> {
    const upload = this.#blobs.newUpload();
    const { digest, size } = await writeLayer(folder, removed, upload);
    await this.#blobs.keep(upload, digest);
    return this.#record(key, folder, { digest, size, removed });
  }

  async #record(key: string, folder: string, layer: Layer): Promise<Layer> {
    const target = this.folder(layer.digest);
    await rename(folder, target).catch(async (error: unknown) => {
      if (!existsSync(target)) throw error;
      await rm(folder, { recursive: true, force: true }); // the same layer is there, perhaps since a moment ago
    });
    const sql = "INSERT OR REPLACE INTO registry_layers VALUES (?, ?, ?, ?)";
    this.#database.prepare(sql).run(key, layer.digest, layer.size, JSON.stringify(layer.removed));
    return layer;
  }

  /** Where a layer is unpacked. */
  folder(digest: string): string {
    return join(this.#folder, "layers", digest.slice("sha256:".length));
  }

  /** What the layers hold at a path (no leading slash), the topmost first. */
  kindAt(layers: readonly Layer[], path: string): "file" | "folder" | undefined {
    if (path === "" || path === ".") return "folder";
    for (const layer of layers.toReversed()) {
      const stat = lstatSync(join(this.folder(layer.digest), path), { throwIfNoEntry: false });
      if (stat) return stat.isDirectory() ? "folder" : "file";
      if (layer.removed.some((each) => path === each || path.startsWith(`${each}/`))) return undefined;
    }
    return undefined;
  }

  /**
   * Lays the layers over each other into `target`.
   *
   * @param how `link`: hard links, for roots that nobody writes to; `copy`: for a step that writes
   */
  async unpack(layers: readonly Layer[], target: string, how: "copy" | "link"): Promise<void> {
    mkdirSync(target, { recursive: true });
    for (const layer of layers) {
      for (const path of layer.removed) await rm(join(target, path), { recursive: true, force: true });
      const flags = how === "link" ? ["-al", "--remove-destination"] : ["-a", "--reflink=auto", "--remove-destination"];
      await run("cp", [...flags, `${this.folder(layer.digest)}/.`, target]);
    }
  }
}
