import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NO_CONFIG, parseConfig, type SiteConfig } from "./config.ts";

const CONFIG_FILE = "staticwebapp.config.json";

interface SiteFile {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
}

/** What a site serves: the files of its last deployment. */
export class SiteContent {
  readonly files: ReadonlyMap<string, SiteFile>;
  readonly config: SiteConfig;

  constructor(files: ReadonlyMap<string, SiteFile>, config: SiteConfig) {
    this.files = files;
    this.config = config;
  }

  /**
   * The file for a path of a request: itself, a folder's `index.html`, or the page without its `.html`.
   *
   * @param path begins with a slash, decoded
   */
  find(path: string): { readonly name: string; readonly file: SiteFile } | undefined {
    const plain = path.replace(/^\/+/, "");
    const names =
      plain === "" || plain.endsWith("/") ? [`${plain}index.html`] : [plain, `${plain}/index.html`, `${plain}.html`];
    for (const name of names) {
      const file = this.files.get(name);
      if (file && name !== CONFIG_FILE) return { name, file };
    }
    return undefined;
  }
}

/** The deployed files of one site on disk; a deployment appears whole, by moving one link. */
export class ContentFolder {
  readonly #folder: string;
  #content: SiteContent | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    const current = join(folder, "current");
    if (existsSync(current)) this.#content = load(join(folder, readlinkSync(current)));
  }

  /** `undefined` before the first deployment. */
  get content(): SiteContent | undefined {
    return this.#content;
  }

  /** Writes a deployment and swaps it in. @throws {ConfigError} when its configuration is wrong; the old content stays */
  async deploy(files: ReadonlyMap<string, Buffer>): Promise<void> {
    const config = files.get(CONFIG_FILE);
    if (config) parseConfig(config.toString());
    const version = randomUUID();
    const target = join(this.#folder, version);
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(target, path)), { recursive: true });
      await writeFile(join(target, path), bytes);
    }
    mkdirSync(target, { recursive: true });
    const before = existsSync(join(this.#folder, "current")) ? readlinkSync(join(this.#folder, "current")) : undefined;
    const link = join(this.#folder, `link-${version}`);
    await symlink(version, link);
    await rename(link, join(this.#folder, "current"));
    this.#content = load(target);
    if (before) setTimeout(() => void rm(join(this.#folder, before), { recursive: true, force: true }), 30_000).unref(); // requests in flight end first
  }

  async delete(): Promise<void> {
    this.#content = undefined;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function load(folder: string): SiteContent {
  const files = new Map<string, SiteFile>();
  const visit = (below: string): void => {
    for (const each of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = below ? `${below}/${each.name}` : each.name;
      if (each.isDirectory()) visit(name);
      else {
        const path = join(folder, name);
        const etag = `"${createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 20)}"`;
        files.set(name, { path, size: statSync(path).size, etag });
      }
    }
  };
  visit("");
  const config = files.get(CONFIG_FILE);
  return new SiteContent(files, config ? parseConfig(readFileSync(config.path, "utf8")) : NO_CONFIG);
}
