import { arch, release, userInfo } from "node:os";
import { findProject } from "../../backend/project.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { installedPlugins } from "../../plugins/discover.ts";
import { VERSION } from "../../version.ts";
import type { CommandCall } from "../command.ts";
import { backendName, openBackend, StackSession } from "../session.ts";

interface About {
  readonly plugins: readonly { readonly name: string; readonly version: string; readonly kind: string }[];
  readonly host: { readonly os: string; readonly version: string; readonly arch: string };
  readonly backend: { readonly name: string; readonly url: string; readonly user: string } | null;
  readonly currentStack: {
    readonly name: string;
    readonly fullyQualifiedName: string;
    readonly resources: readonly { readonly type: string; readonly urn: string }[];
    readonly pendingOps: readonly { readonly type: string; readonly urn: string }[];
  } | null;
  readonly cliAbout: { readonly version: string; readonly engine: string; readonly node: string };
  readonly runtime: { readonly language: string; readonly executable: string; readonly version: string } | null;
  readonly errors: readonly string[];
}

/** `about`: what a report of a fault should say. What cannot be found out is a warning, not a failure. */
export async function run(call: CommandCall): Promise<number> {
  const about = await describe(call);
  if (call.flags.on("json")) call.context.out(`${JSON.stringify(about, null, 2)}\n`);
  else {
    call.context.out(render(about));
    for (const error of about.errors) call.context.err(`warning: ${error}\n`);
  }
  return EXIT.ok;
}

async function describe(call: CommandCall): Promise<About> {
  const { env, cwd } = call.context;
  const errors: string[] = [];
  const attempt = async <T>(what: string, find: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      errors.push(`${what}: ${error.message}`);
      return null;
    }
  };
  const project = await attempt("Failed to read project", () => findProject(cwd));
  const backend = await attempt("Could not access the backend", () => openBackend(call.context).url);
  return {
    plugins: installedPlugins(env).map(({ name, version, kind }) => ({ name, version, kind })),
    host: { os: process.platform, version: release(), arch: arch() },
    backend: backend === null ? null : { name: backendName(backend), url: backend, user: userInfo().username },
    currentStack: await attempt("Failed to get information about the current stack", () => currentStack(call)),
    cliAbout: { version: VERSION.slice(1), engine: "DevFactory's local engine", node: process.version },
    runtime: project ? { language: project.runtime, executable: process.execPath, version: process.version } : null,
    errors,
  };
}

async function currentStack(call: CommandCall): Promise<About["currentStack"]> {
  const { stack, deployment } = await StackSession.open(call);
  return {
    name: stack.name,
    fullyQualifiedName: `organization/${stack.project}/${stack.name}`,
    resources: (deployment?.resources ?? []).map(({ type, urn }) => ({ type, urn })),
    pendingOps: (deployment?.pending_operations ?? []).map(({ type, resource }) => ({ type, urn: resource.urn })),
  };
}

function render({ cliAbout, host, runtime, backend, currentStack: stack, plugins }: About): string {
  const sections: readonly (readonly [title: string, rows: readonly (readonly string[])[]])[] = [
    ["CLI", Object.entries(cliAbout)],
    ["Plugins", plugins.map(({ kind, name, version }) => [kind, name, version])],
    ["Host", Object.entries(host)],
    ["Runtime", Object.entries(runtime ?? {})],
    ["Backend", Object.entries(backend ?? {})],
    [`Current Stack: ${stack?.fullyQualifiedName}`, (stack?.resources ?? []).map(({ type, urn }) => [type, urn])],
    ["Pending operations", (stack?.pendingOps ?? []).map(({ type, urn }) => [type, urn])],
  ];
  const shown = sections.filter(([, rows]) => rows.length > 0);
  return shown.map(([title, rows]) => `${title}\n${table(rows)}\n`).join("");
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<readonly number[]>(
    (found, row) => row.map((cell, index) => Math.max(found[index] ?? 0, cell.length)),
    [],
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
