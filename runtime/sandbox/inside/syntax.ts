/**
 * Runs inside the sandbox: parses every TypeScript and JavaScript file of the app as a module, in one process (one `node --check`
 * for each file takes many times as long). Prints one JSON object: the files that do not parse, with the reason.
 */
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { SourceTextModule } from "node:vm";

const problems: { path: string; message: string }[] = [];
let files = 0;
for (const folder of ["backend", "frontend", "infra"]) {
  for (const path of sources(folder)) {
    files += 1;
    try {
      const text = readFileSync(path, "utf8");
      const code = path.endsWith(".ts") ? stripTypeScriptTypes(text, { mode: "strip" }) : text;
      new SourceTextModule(code, { identifier: path });
    } catch (error) {
      problems.push({ path, message: error instanceof Error ? error.message : String(error) });
    }
  }
}
process.stdout.write(JSON.stringify({ files, problems }));

function sources(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile() && /\.(?:ts|js|mjs)$/.test(entry.name));
    return found.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes("node_modules"));
  } catch {
    return []; // an app need not have every folder
  }
}
