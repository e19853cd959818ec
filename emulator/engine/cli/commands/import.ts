import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ResourceState } from "../../deploy/state.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { importedCode } from "../../program/importedCode.ts";
import type { ImportSpec } from "../../update/runImport.ts";
import type { CommandCall } from "../command.ts";
import { confirm, requireConsent } from "../consent.ts";
import { type OperationKind, operate } from "./operate.ts";

interface ImportFile {
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources: readonly ImportSpec[];
}

/** `import --file F`, or `import TYPE NAME ID`: takes existing resources into the stack, and writes code for them. */
export async function run(call: CommandCall): Promise<number> {
  const { flags } = call;
  const from = flags.text("from");
  if (from !== undefined)
    throw new EngineError(
      `--from ${from} needs a converter plugin, and this engine has none: list the resources in a file for --file`,
      EXIT.configuration,
    );
  requireConsent(call);
  const file = readImportFile(call);
  if (flags.on("preview-only")) return operate(call, importKind(call, file, true));
  const go = await confirm(call, "import", () => operate(call, importKind(call, file, true)));
  return go ? operate(call, importKind(call, file, false)) : EXIT.ok;
}

function readImportFile({ flags, args, context }: CommandCall): ImportFile {
  const path = flags.text("file");
  if (path) return parseImportFile(resolve(context.cwd, path));
  const [type, name, id] = args;
  if (!type || !name || !id)
    throw new EngineError("an import needs --file, or the type, the name and the id of a resource", EXIT.configuration);
  return { resources: [{ type, name, id }] };
}

/** @throws EngineError that says what is wrong with the file */
function parseImportFile(path: string): ImportFile {
  try {
    const file = JSON.parse(readFileSync(path, "utf8")) as ImportFile;
    const wrong = (file.resources ?? []).findIndex(
      ({ type, name, id, component }) => !type || !name || !(id || component),
    );
    if (!Array.isArray(file.resources)) throw new Error("it has no list `resources`");
    if (wrong >= 0) throw new Error(`resource ${wrong} needs \`type\`, \`name\` and \`id\``);
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(`could not read import file '${path}': ${reason}`, EXIT.error, { cause: error });
  }
}

function importKind(call: CommandCall, file: ImportFile, preview: boolean): OperationKind {
  const { flags } = call;
  return {
    kind: "resource-import",
    preview,
    verb: preview ? "preview" : "import",
    title: preview ? "Previewing import" : "Importing",
    runsProgram: false,
    work: async (operation, session) => {
      const { runImport } = await import("../../update/runImport.ts");
      const { values, secretKeys } = await session.openConfig();
      const imported = await runImport(operation, {
        stack: session.stack.name,
        project: session.stack.project,
        resources: file.resources,
        nameTable: file.nameTable ?? {},
        protect: flags.choice("protect") ?? true,
        config: values,
        secretKeys,
      });
      if (!preview && !operation.executor.failed && flags.choice("generate-code") !== false)
        writeCode(call, file, imported);
      return undefined;
    },
  };
}

const COPY_NOTE =
  "Please copy the following code into your Pulumi application. Not doing so\n" +
  "will cause Pulumi to report that an update will happen on the next update command.\n\n";

const PROTECTED_NOTE =
  "Please note that the imported resources are marked as protected. To destroy them\n" +
  "you will need to remove the `protect` option and run `pulumi update` *before*\n" +
  "the destroy will take effect.\n\n";

function writeCode({ context, flags }: CommandCall, file: ImportFile, states: readonly ResourceState[]): void {
  const names = new Map(Object.entries(file.nameTable ?? {}).map(([name, urn]) => [urn, name]));
  const code = importedCode({ states, names });
  const out = flags.text("out");
  if (out) writeFileSync(resolve(context.cwd, out), code);
  else context.out(`${COPY_NOTE}${flags.choice("protect") === false ? "" : PROTECTED_NOTE}\n${code}\n`);
}
