import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ENGINE_ROOT } from "../inProcess.ts";

/** What a command left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project folder with its own backend and home, and the executable as a user in a shell has it. */
export interface Shell extends Disposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  run(command: string, options?: RunOptions): Outcome;
  /** Writes a file in the folder; its path. */
  write(path: string, content: string): string;
  read(path: string): string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** Opens a shell in a new project `shop`; nothing is deployed. */
export function openShell(): Shell {
  const folder = mkdtempSync(join(tmpdir(), "engine-shell-"));
  const env = {
    ...process.env,
    PULUMI_STACK: "dev",
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "password",
    PULUMI_HOME: join(folder, "home"),
  };
  const shell: Shell = {
    folder,
    env,
    run(command, options = {}) {
      const { status, stdout, stderr } = spawnSync(join(ENGINE_ROOT, "bin", "pulumi"), command.split(" "), {
        cwd: options.cwd ?? folder,
        env: { ...env, ...options.env },
        input: options.input ?? "",
        encoding: "utf8",
      });
      return { code: status, stdout, stderr };
    },
    write(path, content) {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
      return target;
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  shell.write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
  return shell;
}

/** A text of the golden files: a stack `shop/dev` as the real CLI leaves it, passphrase `password`. */
export function golden(name: string): string {
  return readFileSync(join(ENGINE_ROOT, "backend", "fixtures", name), "utf8");
}
