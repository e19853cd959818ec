import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

export const CHECKOUT = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The platform as a person starts it, in a data folder of its own. */
export class Platform implements AsyncDisposable {
  readonly dataDir: string;
  readonly #variables: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;
  #output = "";

  /** @param variables of the environment that it is started in, besides the test's own */
  constructor(variables: Readonly<Record<string, string>> = {}) {
    this.#variables = variables;
    this.dataDir = mkdtempSync(join(tmpdir(), "devfactory-e2e-"));
  }

  get env(): NodeJS.ProcessEnv {
    const path = `${join(CHECKOUT, "emulator", "engine", "bin")}:${join(CHECKOUT, "node_modules", ".bin")}:${process.env.PATH}`;
    const own = { PATH: path, DEVFACTORY_HOME: this.dataDir, DEVFACTORY_PORT: "0", NO_COLOR: "1" };
    return { ...process.env, ...this.#variables, ...own };
  }

  get output(): string {
    return this.#output;
  }

  /** Runs `npm start`'s command and waits until its output matches. */
  async start(until: RegExp, ...args: string[]): Promise<RegExpExecArray> {
    this.#output = "";
    const child = spawn(process.execPath, ["main.ts", ...args], {
      cwd: CHECKOUT,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    return new Promise((done, fail) => {
      const onText = (text: string) => {
        this.#output += text;
        const match = until.exec(this.#output);
        if (match) done(match);
      };
      child.stdout.setEncoding("utf8").on("data", onText);
      child.stderr.setEncoding("utf8").on("data", onText);
      child.once("exit", (code) => fail(new Error(`ended with ${code} before ${until}:\n${this.#output}`)));
    });
  }

  /** Ctrl-C. Resolves with the exit code. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
    child.kill(signal);
    return ended;
  }

  devfactory(...args: string[]): Promise<Ran> {
    return this.shell(process.execPath, [join(CHECKOUT, "automation", "cli", "main.ts"), ...args], CHECKOUT);
  }

  /** `devfactory` with something on its standard input. */
  devfactoryReading(input: string, ...args: string[]): Promise<Ran> {
    return this.shell(process.execPath, [join(CHECKOUT, "automation", "cli", "main.ts"), ...args], CHECKOUT, {}, input);
  }

  async shell(
    command: string,
    args: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv = {},
    input = "",
  ): Promise<Ran> {
    try {
      const running = run(command, args, { cwd, env: { ...this.env, ...env }, maxBuffer: 64 * 1024 * 1024 });
      running.child.stdin?.end(input);
      const { stdout, stderr } = await running;
      return { code: 0, stdout, stderr };
    } catch (error) {
      const failed = error as { code?: number; stdout?: string; stderr?: string };
      return { code: failed.code ?? -1, stdout: failed.stdout ?? "", stderr: failed.stderr ?? "" };
    }
  }

  /** What a shell has after `eval "$(npx devfactory emulator env)"`. */
  async emulatorEnv(): Promise<Record<string, string>> {
    const { stdout } = await this.devfactory("emulator", "env");
    return Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1).replace(/^'(.*)'$/, "$1")]),
    );
  }

  readText(name: string): string {
    return readFileSync(join(this.dataDir, name), "utf8");
  }

  /** The certificate that all of the local Azure is signed with. */
  ca(): string {
    return readFileSync(this.readJson<{ caPath: string }>("emulator.json").caPath, "utf8");
  }

  readJson<T>(name: string): T {
    return JSON.parse(this.readText(name)) as T;
  }

  /** Processes that carry the data folder in their command line or environment. */
  processes(): { pid: number; command: string }[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map((name) => ({ pid: Number(name), command: readProc(name, "cmdline"), environ: readProc(name, "environ") }))
      .filter(({ command, environ }) => command.includes(this.dataDir) || environ.includes(this.dataDir))
      .map(({ pid, command }) => ({ pid, command: command.replaceAll("\0", " ").slice(0, 160) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8");
  } catch {
    return ""; // it has ended, or belongs to somebody else
  }
}
