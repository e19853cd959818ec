import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Document } from "yaml";
import { EngineError } from "../engineError.ts";
import type { Crypter } from "./passphrase.ts";
import type { Project } from "./project.ts";
import { readYaml } from "./readYaml.ts";
import { replaceFile } from "./replaceFile.ts";

/** A value of the config section as YAML holds it; `{secure: ciphertext}` anywhere inside is a secret. */
export type ConfigNode =
  | string
  | number
  | boolean
  | null
  | readonly ConfigNode[]
  | { readonly [key: string]: ConfigNode };

/** A value as programs and `config --json` see it: text (objects as compact JSON), and whether a secret is in it. */
export interface PlainConfig {
  readonly value: string;
  readonly objectValue?: ConfigNode;
  readonly secret: boolean;
}

/** `Pulumi.<stack>.yaml`: config and the salt; comments and unknown keys are kept. */
export class StackConfigFile {
  readonly path: string;
  readonly #document: Document;

  /** @throws EngineError that names the file, and the line where it is broken */
  constructor(path: string) {
    this.path = path;
    this.#document = readYaml(path);
    const { config, encryptionsalt, secretsprovider } = this.#content();
    if (config !== undefined && config !== null && (typeof config !== "object" || Array.isArray(config)))
      throw new EngineError(`could not read ${path}: config must hold keys and values, not ${describeKind(config)}`);
    for (const [key, value] of Object.entries({ encryptionsalt, secretsprovider }))
      if (value !== undefined && value !== null && typeof value !== "string")
        throw new EngineError(`could not read ${path}: ${key} must be a text, not ${describeKind(value)}`);
  }

  #content(): Readonly<Record<string, unknown>> {
    return (this.#document.toJS() as Record<string, unknown> | null) ?? {};
  }

  /** The kind of secrets provider that the file asks for; `undefined` when it asks for none. */
  get secretsProvider(): string | undefined {
    const provider = this.#content().secretsprovider;
    return typeof provider === "string" && provider !== "" ? provider : undefined;
  }

  dropSecretsProvider(): void {
    for (const key of ["secretsprovider", "encryptedkey"]) this.#document.delete(key);
  }

  get salt(): string | undefined {
    const salt: unknown = this.#document.get("encryptionsalt");
    return typeof salt === "string" && salt !== "" ? salt : undefined;
  }

  set salt(salt: string | undefined) {
    if (salt === undefined) this.#document.delete("encryptionsalt");
    else this.#document.set("encryptionsalt", salt);
  }

  /** The config section, keys as written. */
  entries(): Readonly<Record<string, ConfigNode>> {
    return (this.#content().config as Record<string, ConfigNode> | null | undefined) ?? {};
  }

  set(key: string, value: ConfigNode): void {
    this.#document.setIn(["config", key], this.#document.createNode(value));
  }

  remove(key: string): void {
    this.#document.deleteIn(["config", key]);
    if (Object.keys(this.entries()).length === 0) this.#document.delete("config");
  }

  save(): void {
    const empty = Object.keys(this.#content()).length === 0;
    replaceFile(this.path, empty ? "" : this.#document.toString({ lineWidth: 0 }), { mode: 0o666 });
  }

  /** Deletes the file. */
  erase(): void {
    rmSync(this.path, { force: true });
  }
}

/** Where a stack's config file is (or would be). `override` is `--config-file`. */
export function stackConfigPath(
  project: Pick<Project, "root" | "stackConfigDir">,
  stackName: string,
  cwd: string,
  override?: string,
): string {
  if (override) return resolve(cwd, override);
  const folder = join(project.root, project.stackConfigDir ?? "");
  const names = [`Pulumi.${stackName}.yaml`, `Pulumi.${stackName}.yml`].map((name) => join(folder, name));
  return names.find((path) => existsSync(path)) ?? join(folder, `Pulumi.${stackName}.yaml`);
}

/** Gives a key its namespace: one without belongs to the project. Also reads the old `ns:config:key`. */
export function qualifyKey(key: string, project: string): string {
  const parts = key.split(":");
  if (parts.length === 1) return `${project}:${key}`;
  if (parts.length === 3 && parts[1] === "config") return `${parts[0]}:${parts[2]}`;
  if (parts.length !== 2)
    throw new EngineError(
      `invalid configuration key: could not parse ${key} as a configuration key (configuration keys should be of the form \`<namespace>:<name>\`)`,
    );
  return key;
}

/** All config of a stack by full key: the file's values over the defaults of Pulumi.yaml. */
export function mergedConfig(project: Project, file: StackConfigFile): ReadonlyMap<string, ConfigNode> {
  const merged = new Map<string, ConfigNode>();
  for (const [key, value] of Object.entries(project.config)) {
    const fallback = projectDefault(value);
    if (fallback !== undefined) merged.set(qualifyKey(key, project.name), fallback);
  }
  for (const [key, value] of Object.entries(file.entries())) merged.set(qualifyKey(key, project.name), value);
  return merged;
}

function projectDefault(value: unknown): ConfigNode | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value as ConfigNode;
  const declaration = value as { default?: ConfigNode; value?: ConfigNode };
  return declaration.value ?? declaration.default;
}

/** True when a secret stands anywhere inside. */
export function hasSecure(node: ConfigNode): boolean {
  if (typeof node !== "object" || node === null) return false;
  return isSecure(node) || Object.values(node).some(hasSecure);
}

/** True for `{secure: ciphertext}`. */
export function isSecure(node: ConfigNode): node is { readonly secure: string } {
  return typeof node === "object" && node !== null && "secure" in node && Object.keys(node).length === 1;
}

/** Opens a node; without a crypter secrets become `[secret]`. */
export function plainConfig(node: ConfigNode, crypter: Crypter | undefined): PlainConfig {
  const secret = hasSecure(node);
  const open = (inner: ConfigNode): ConfigNode => {
    if (isSecure(inner)) return crypter ? crypter.decrypt(inner.secure) : "[secret]";
    if (Array.isArray(inner)) return inner.map(open);
    if (typeof inner !== "object" || inner === null) return inner;
    const entries = Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(entries.map(([key, value]) => [key, open(value)]));
  };
  const opened = open(node);
  if (typeof opened !== "object") return { value: String(opened), secret };
  if (opened === null) return { value: "", secret };
  return { value: JSON.stringify(opened), objectValue: opened, secret };
}

function describeKind(value: unknown): string {
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
