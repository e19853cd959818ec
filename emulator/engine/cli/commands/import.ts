import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EngineError, EXIT } from "../../engineError.ts";
import { type ImportSpec, runImport } from "../../update/runImport.ts";
import type { CommandCall } from "../command.ts";
import { confirm, requireConsent } from "../consent.ts";
import { type OperationKind, operate } from "./operate.ts";

interface ImportFile {
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources: readonly ImportSpec[];
}

/** `import --file F`, or `import TYPE NAME ID`: takes existing resources into the stack. Writes no program code. */
export async function run(call: CommandCall): Promise<number> {
  const { flags } = call;
  if (flags.choice("generate-code") !== false) {
    throw new EngineError("this engine writes no program code: pass --generate-code=false", EXIT.configuration);
  }
  if (flags.text("from") !== undefined)
    throw new EngineError("--from is not supported by this engine", EXIT.configuration);
  requireConsent(call);
  const file = readImportFile(call);
  if (flags.on("preview-only")) return operate(call, importKind(call, file, true));
  const go = await confirm(call, "import", () => operate(call, importKind(call, file, true)));
  return go ? operate(call, importKind(call, file, false)) : EXIT.ok;
}

function readImportFile({ flags, args, context }: CommandCall): ImportFile {
  const path = flags.text("file");
  if (path) return JSON.parse(readFileSync(resolve(context.cwd, path), "utf8")) as ImportFile;
  const [type, name, id] = args;
  if (!type || !name || !id)
    throw new EngineError("an import needs --file, or the type, the name and the id of a resource", EXIT.configuration);
  return { resources: [{ type, name, id }] };
}

function importKind({ flags }: CommandCall, file: ImportFile, preview: boolean): OperationKind {
  return {
    kind: "resource-import",
    preview,
    verb: preview ? "preview" : "import",
    title: preview ? "Previewing import" : "Importing",
    work: async (operation, session) => {
      const { values, secretKeys } = await session.openConfig();
      await runImport(operation, {
        stack: session.stack.name,
        project: session.stack.project,
        resources: file.resources,
        nameTable: file.nameTable ?? {},
        protect: flags.choice("protect") ?? true,
        config: values,
        secretKeys,
      });
      return undefined;
    },
  };
}
