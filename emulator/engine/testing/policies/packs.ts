import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENGINE_ROOT } from "../../inProcess.ts";

/** Plain JavaScript, run as the SDK does. */
export const RULES: string = join(ENGINE_ROOT, "testing", "policies", "rules");

/** TypeScript, an ES module, `typescript: false`; its only policy must be configured. */
export const TYPED: string = join(ENGINE_ROOT, "testing", "policies", "typed");

/** A folder for policy packs and config files that a test writes; packages are installed there. */
export class PackShelf implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "engine-policy-"));
  #count = 0;

  constructor() {
    symlinkSync(join(ENGINE_ROOT, "..", "..", "node_modules"), join(this.folder, "node_modules"));
  }

  /** A config file for a pack. @returns its path */
  config(content: unknown): string {
    const path = join(this.folder, `config${++this.#count}.json`);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  /** A policy pack of one CommonJS file. @returns its folder */
  pack(code: string, project = "runtime: nodejs\n", parent: string = this.folder): string {
    const path = mkdtempSync(join(parent, "pack-"));
    writeFileSync(join(path, "PulumiPolicy.yaml"), project);
    writeFileSync(join(path, "package.json"), JSON.stringify({ name: "pack", version: "1.0.0" }));
    writeFileSync(join(path, "index.js"), code);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
