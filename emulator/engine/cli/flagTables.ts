import type { FlagSpec, FlagTable } from "./flags.ts";

const flag = (about: string, short?: string): FlagSpec => ({ kind: "boolean", about, ...(short ? { short } : {}) });
const text = (about: string, short?: string): FlagSpec => ({ kind: "string", about, ...(short ? { short } : {}) });
const texts = (about: string, short?: string): FlagSpec => ({ kind: "strings", about, ...(short ? { short } : {}) });
const integer = (about: string, short?: string): FlagSpec => ({ kind: "integer", about, ...(short ? { short } : {}) });

/** Flags that every command takes. */
export const GLOBAL_FLAGS: FlagTable = {
  stack: text("The stack to work on; the selected one unless given", "s"),
  cwd: text("Run as if started in this folder", "C"),
  "non-interactive": flag("Ask nothing"),
  color: text("When to color: always, never, raw or auto"),
  debug: flag("Say more, for finding faults", "d"),
  emoji: flag("Accepted; this engine shows none", "e"),
  "disable-integrity-checking": flag("Use a state even if it contradicts itself"),
  "fully-qualify-stack-names": flag("Accepted; names are shown as they are"),
  help: flag("Show this", "h"),
  logflow: flag("Accepted, without effect"),
  logtostderr: flag("Accepted, without effect"),
  tracing: text("Accepted, without effect"),
  "otel-traces": text("Accepted, without effect"),
  verbose: integer("Accepted, without effect", "v"),
};

export const YES: FlagTable = { yes: flag("Answer every question with yes", "y") };
export const JSON_FLAG: FlagTable = { json: flag("Write JSON", "j") };
export const SHOW_SECRETS: FlagTable = { "show-secrets": flag("Show secrets in clear") };
export const PATH: FlagTable = { path: flag("The key is a path into an object or a list") };
export const CONFIG_FILE: FlagTable = { "config-file": text("Use this file instead of Pulumi.<stack>.yaml") };

/** Flags of `up`, `preview`, `refresh` and `destroy`; what is not built yet is refused by the command, not unknown. */
export const OPERATION: FlagTable = {
  ...YES,
  ...JSON_FLAG,
  ...SHOW_SECRETS,
  ...CONFIG_FILE,
  message: text("A note for the history", "m"),
  config: texts("KEY=VALUE to save in the config first", "c"),
  "config-path": flag("The keys of --config are paths"),
  "expect-no-changes": flag("Fail when something changes"),
  refresh: flag("Look first what really exists", "r"),
  diff: flag("Show changed properties"),
  replace: texts("URN of a resource to replace"),
  "target-replace": texts("URN of a resource to replace, and of nothing else to change"),
  target: texts("URN, or pattern, of what alone may change", "t"),
  "target-dependents": flag("With --target: what depends on it too"),
  exclude: texts("URN, or pattern, of what must stay as it is"),
  "exclude-dependents": flag("With --exclude: what depends on it too"),
  "exclude-protected": flag("Leave protected resources alone"),
  parallel: integer("How many steps may run at once", "p"),
  "exec-agent": text("Set by the Automation API"),
  "exec-kind": text("Set by the Automation API"),
  client: text("Address of an inline program; set by the Automation API"),
  "event-log": text("Write events to this file or address"),
  plan: text("Not supported: hold the operation to a plan"),
  "save-plan": text("Not supported: write a plan"),
  "import-file": text("Write an import file for resources to be created"),
  "continue-on-error": flag("Go on with what does not depend on a failed step"),
  "attach-debugger": flag("Not supported: wait for a debugger"),
  "run-program": flag("Run the program to configure providers and hooks"),
  "import-pending-creates": texts("URN and ID of creates that were interrupted"),
  "skip-pending-creates": flag("Leave interrupted creates as they are"),
  "clear-pending-creates": flag("Forget interrupted creates"),
  "suppress-outputs": flag("Do not show stack outputs"),
  "suppress-progress": flag("Do not show progress dots"),
  "suppress-permalink": text("Accepted; this engine has no links"),
  "skip-preview": flag("Do not show first what would happen", "f"),
  "preview-only": flag("Only show what would happen"),
  "show-config": flag("Show the config"),
  "show-reads": flag("Show resources that are only read"),
  "show-sames": flag("Show resources that do not change"),
  "show-full-output": flag("Show long outputs whole"),
  "show-replacement-steps": flag("Show each step of a replacement"),
  "secrets-provider": text("For a new stack: passphrase"),
  remove: flag("Remove the stack and its config when all is deleted"),
  remote: flag("Not supported: run in Pulumi Cloud"),
};

/** Only what runs a program to change a stack has policies. */
export const UPDATE: FlagTable = {
  ...OPERATION,
  "policy-pack": texts("Folder of a policy pack to run"),
  "policy-pack-config": texts("File with the config of the policy pack at the same place"),
};

/** Flags of one command each, by its path. */
export const OWN_FLAGS = {
  import: {
    ...OPERATION,
    file: text("JSON file with the resources to take in", "f"),
    "skip-preview": flag("Do not show first what would happen"),
    out: text("Write program code to this file", "o"),
    from: text("Not supported: read another tool's state"),
    protect: flag("Protect what is taken in; true unless --protect=false"),
    "generate-code": flag("Write program code for what is taken in; true unless --generate-code=false"),
  },
  stack: {
    ...SHOW_SECRETS,
    "show-name": flag("Show only the name"),
    "show-ids": flag("Show the resources' ids", "i"),
    "show-urns": flag("Show the resources' URNs", "u"),
  },
  "stack init": {
    "secrets-provider": text("How to seal secrets: passphrase"),
    "no-select": flag("Do not select the new stack"),
    "copy-config-from": text("Stack whose config to copy"),
  },
  "stack select": { create: flag("Make the stack when it is not there", "c") },
  "stack ls": { ...JSON_FLAG, all: flag("Of all projects", "a"), project: text("Of this project", "p") },
  "stack rm": {
    ...YES,
    force: flag("Also when it has resources: they are forgotten, not deleted", "f"),
    "preserve-config": flag("Keep Pulumi.<stack>.yaml"),
  },
  "stack output": { ...JSON_FLAG, ...SHOW_SECRETS, shell: flag("Write assignments for a shell") },
  "stack history": {
    ...JSON_FLAG,
    ...SHOW_SECRETS,
    "page-size": integer("Entries on a page"),
    page: integer("Which page, from 1"),
    "full-dates": flag("Accepted; dates are always full"),
  },
  "stack export": { ...SHOW_SECRETS, file: text("Write to this file"), version: text("Not supported: an older state") },
  "stack import": { file: text("Read from this file"), force: flag("Import in spite of problems", "f") },
  "stack graph": {
    "dependency-edge-color": text("Color of edges between dependencies"),
    "parent-edge-color": text("Color of edges between parents and children"),
    "ignore-dependency-edges": flag("Leave edges between dependencies out"),
    "ignore-parent-edges": flag("Leave edges between parents and children out"),
    "short-node-name": flag("Label resources by name, not by URN"),
  },
  "config set": {
    ...PATH,
    ...CONFIG_FILE,
    secret: flag("Seal the value"),
    plaintext: flag("Write the value in clear"),
  },
  "config set-all": {
    ...PATH,
    ...CONFIG_FILE,
    secret: texts("KEY=VALUE to seal"),
    plaintext: texts("KEY=VALUE in clear"),
    json: text("Values as `config --json` writes them"),
  },
  "config refresh": { ...CONFIG_FILE, force: flag("Overwrite the file", "f") },
  "config cp": { ...PATH, ...CONFIG_FILE, dest: text("Stack to copy to", "d") },
  "state delete": {
    ...YES,
    force: flag("Also when it is protected"),
    "target-dependents": flag("What depends on it too"),
  },
  "state mark": { ...YES, all: flag("All resources of the stack") },
  "plugin install": {
    server: text("Accepted; nothing is downloaded"),
    exact: flag("Accepted"),
    reinstall: flag("Accepted"),
    file: text("Accepted"),
    checksum: text("Accepted"),
  },
  "plugin rm": { ...YES, all: flag("All plugins", "a") },
  install: {
    "no-plugins": flag("Accepted; plugins are never downloaded"),
    "no-dependencies": flag("Do not run npm"),
    reinstall: flag("Run npm even when node_modules is there"),
    "use-language-version-tools": flag("Accepted, without effect"),
  },
  whoami: { ...JSON_FLAG, verbose: flag("Show the backend too", "v") },
  login: {
    local: flag("Use files in the home folder", "l"),
    "cloud-url": text("The backend's URL", "c"),
  },
  logout: { all: flag("Forget all backends"), local: flag("Forget the backend in the home folder", "l") },
  about: { ...JSON_FLAG, transitive: flag("Accepted, without effect", "t") },
} as const satisfies Readonly<Record<string, FlagTable>>;
