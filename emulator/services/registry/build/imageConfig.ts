import { findPython, type Python } from "../../../hosts/python.ts";
import { PYTHON_PATH } from "../../../hosts/sandbox.ts";

/** The `config` of an OCI image (image specification 1.1, "OCI Image Configuration"), as far as builds set and hosts read it. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

/** Label of images that get this machine's node and npm. */
export const NODE_LABEL = "devfactory.base";
/** Label of images that run in the checkout: its path. */
export const IN_PLACE_LABEL = "devfactory.in-place";

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What `FROM scratch` starts with. */
export const SCRATCH: ImageConfig = { WorkingDir: "/" };

/** What `FROM node:24` starts with. */
export function nodeConfig(): ImageConfig {
  return {
    Env: [`PATH=${SYSTEM_PATH}`, `NODE_VERSION=${process.versions.node}`],
    Cmd: ["node"],
    WorkingDir: "/",
    Labels: { [NODE_LABEL]: "node" },
  };
}

/** What `FROM nginx` starts with: the machine's node runs a static server that reads nginx's configuration (`hosts/nginx/`). */
export function nginxConfig(unprivileged: boolean): ImageConfig {
  return {
    Env: [`PATH=${SYSTEM_PATH}`],
    Cmd: ["nginx", "-g", "daemon off;"],
    WorkingDir: "/",
    ...(unprivileged ? { User: "101" } : {}),
    Labels: { [NODE_LABEL]: "nginx" },
  };
}

/** Label of images that get this machine's Python: its minor version. */
const PYTHON_LABEL = "devfactory.python";

/** What `FROM python:3.13` starts with. */
export function pythonConfig(python: Python): ImageConfig {
  return {
    Env: [
      `PATH=${SYSTEM_PATH}`,
      `PYTHON_VERSION=${python.version}`,
      ...(python.folder ? [`LD_LIBRARY_PATH=${PYTHON_PATH}/lib`] : []), // it was linked for its own place
    ],
    Cmd: ["python3"],
    WorkingDir: "/",
    Labels: { [NODE_LABEL]: "python", [PYTHON_LABEL]: python.minor },
  };
}

/** Is this a Python image, and of which version? */
export function pythonBase(reference: string): { readonly minor: string | undefined } | undefined {
  const match = /^(?:docker\.io\/)?(?:library\/)?python(?::([\w.-]+))?(?:@sha256:[0-9a-f]{64})?$/.exec(reference);
  return match ? { minor: /^3\.\d+/.exec(match[1] ?? "")?.[0] } : undefined;
}

/** The folder of this machine's Python that images with this configuration get; `undefined` for others, and for the system's own. */
export function pythonFolder(config: ImageConfig): string | undefined {
  const minor = config.Labels?.[PYTHON_LABEL];
  return minor === undefined ? undefined : findPython(minor)?.folder;
}

/** Is this an nginx image, and the one that runs without root? */
export function nginxBase(reference: string): { readonly unprivileged: boolean } | undefined {
  const match =
    /^(?:docker\.io\/)?(library\/|nginxinc\/)?(nginx|nginx-unprivileged)(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/.exec(
      reference,
    );
  return match ? { unprivileged: match[2] === "nginx-unprivileged" } : undefined;
}

/** Do images with this configuration get the machine's node? */
export function wantsNode(config: ImageConfig): boolean {
  return ["node", "nginx"].includes(config.Labels?.[NODE_LABEL] ?? "");
}

/**
 * Does this name mean a node image that the machine can stand in for: node of the emulator's own major version, on any Linux?
 *
 * @returns `false` for other images, an explanation for node images of another version
 */
export function nodeBase(reference: string): boolean | string {
  const match = /^(?:docker\.io\/)?(?:library\/)?node(?::([\w.-]+))?(?:@sha256:[0-9a-f]{64})?$/.exec(reference);
  if (!match) return false;
  const major = process.versions.node.split(".")[0];
  const version = /^(\d+)(?:\.\d+)*(?:-|$)/.exec(match[1] ?? "latest")?.[1];
  return (
    version === undefined ||
    version === major ||
    `this machine gives images node ${major}; ${reference} asks for another`
  );
}

/** `NAME=value` lines as a map. */
export function environmentOf(config: ImageConfig): Record<string, string> {
  return Object.fromEntries(
    (config.Env ?? []).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** The number that a `USER` means: names other than root are the one ordinary user of the sandbox. */
export function userId(user: string | undefined): number {
  const name = (user ?? "").split(":")[0] ?? "";
  if (/^\d+$/.test(name)) return Number(name);
  return name === "" || name === "root" ? 0 : 1000;
}
