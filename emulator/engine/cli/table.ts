import type { CommandModule, CommandSpec } from "./command.ts";
import type { FlagTable } from "./flags.ts";

const YES: FlagTable = { yes: { kind: "boolean", short: "y" } };
const JSON_FLAG: FlagTable = { json: { kind: "boolean", short: "j" } };
const SHOW_SECRETS: FlagTable = { "show-secrets": { kind: "boolean" } };
const PATH: FlagTable = { path: { kind: "boolean" } };
const CONFIG_FILE: FlagTable = { "config-file": { kind: "string" } };

/** Flags of `up`, `preview`, `refresh` and `destroy`; what is not built yet is refused by the command, not unknown. */
const OPERATION: FlagTable = {
  ...YES,
  ...JSON_FLAG,
  ...SHOW_SECRETS,
  ...CONFIG_FILE,
  message: { kind: "string", short: "m" },
  config: { kind: "strings", short: "c" },
  "config-path": { kind: "boolean" },
  "expect-no-changes": { kind: "boolean" },
  refresh: { kind: "boolean", short: "r" },
  diff: { kind: "boolean" },
  replace: { kind: "strings" },
  "target-replace": { kind: "strings" },
  target: { kind: "strings", short: "t" },
  "target-dependents": { kind: "boolean" },
  exclude: { kind: "strings" },
  "exclude-dependents": { kind: "boolean" },
  "exclude-protected": { kind: "boolean" },
  "policy-pack": { kind: "strings" },
  "policy-pack-config": { kind: "strings" },
  parallel: { kind: "integer", short: "p" },
  "exec-agent": { kind: "string" },
  "exec-kind": { kind: "string" },
  client: { kind: "string" },
  "event-log": { kind: "string" },
  plan: { kind: "string" },
  "save-plan": { kind: "string" },
  "import-file": { kind: "string" },
  "continue-on-error": { kind: "boolean" },
  "attach-debugger": { kind: "boolean" },
  "run-program": { kind: "boolean" },
  "clear-pending-creates": { kind: "boolean" },
  "suppress-outputs": { kind: "boolean" },
  "suppress-progress": { kind: "boolean" },
  "suppress-permalink": { kind: "string" },
  "skip-preview": { kind: "boolean", short: "f" },
  "preview-only": { kind: "boolean" },
  "show-config": { kind: "boolean" },
  "show-reads": { kind: "boolean" },
  "show-sames": { kind: "boolean" },
  "show-full-output": { kind: "boolean" },
  "show-replacement-steps": { kind: "boolean" },
  "secrets-provider": { kind: "string" },
  remove: { kind: "boolean" },
  remote: { kind: "boolean" },
};

const config = () => import("./commands/config.ts");
const state = () => import("./commands/state.ts");
const plugin = () => import("./commands/plugin.ts");
const tag = () => import("./commands/tag.ts");

function pick<M>(load: () => Promise<M>, choose: (module: M) => CommandModule["run"]): () => Promise<CommandModule> {
  return async () => ({ run: choose(await load()) });
}

function row(path: string, usage: string, about: string, flags: FlagTable, load: CommandSpec["load"]): CommandSpec {
  return { path, usage, about, flags, load };
}

/** Every command of this engine. */
export const COMMANDS: readonly CommandSpec[] = [
  row("up", "up", "Create or update the resources of a stack", OPERATION, () => import("./commands/up.ts")),
  row("preview", "preview", "Show what an update would do", OPERATION, () => import("./commands/preview.ts")),
  row("refresh", "refresh", "Make the state what really exists", OPERATION, () => import("./commands/refresh.ts")),
  row("destroy", "destroy", "Delete all resources of a stack", OPERATION, () => import("./commands/destroy.ts")),
  row(
    "import",
    "import [TYPE NAME ID]",
    "Take existing resources into a stack",
    {
      ...OPERATION,
      file: { kind: "string", short: "f" },
      "skip-preview": { kind: "boolean" },
      out: { kind: "string", short: "o" },
      from: { kind: "string" },
      protect: { kind: "boolean" },
      "generate-code": { kind: "boolean" },
    },
    () => import("./commands/import.ts"),
  ),
  row("cancel", "cancel [stack]", "Remove the locks of a stack", YES, () => import("./commands/cancel.ts")),
  row(
    "stack",
    "stack",
    "Show the selected stack",
    {
      ...SHOW_SECRETS,
      "show-name": { kind: "boolean" },
      "show-ids": { kind: "boolean", short: "i" },
      "show-urns": { kind: "boolean", short: "u" },
    },
    () => import("./commands/stackShow.ts"),
  ),
  row(
    "stack init",
    "stack init NAME",
    "Create an empty stack",
    {
      "secrets-provider": { kind: "string" },
      "no-select": { kind: "boolean" },
      "copy-config-from": { kind: "string" },
    },
    () => import("./commands/stackInit.ts"),
  ),
  row(
    "stack select",
    "stack select [NAME]",
    "Choose the stack of this project",
    { create: { kind: "boolean", short: "c" } },
    () => import("./commands/stackSelect.ts"),
  ),
  row(
    "stack ls",
    "stack ls",
    "List stacks",
    { ...JSON_FLAG, all: { kind: "boolean", short: "a" }, project: { kind: "string", short: "p" } },
    () => import("./commands/stackList.ts"),
  ),
  row(
    "stack rm",
    "stack rm [NAME]",
    "Remove a stack",
    { ...YES, force: { kind: "boolean", short: "f" }, "preserve-config": { kind: "boolean" } },
    () => import("./commands/stackRemove.ts"),
  ),
  row("stack rename", "stack rename NEW", "Rename a stack", {}, () => import("./commands/stackRename.ts")),
  row(
    "stack output",
    "stack output [NAME]",
    "Show outputs",
    { ...JSON_FLAG, ...SHOW_SECRETS, shell: { kind: "boolean" } },
    () => import("./commands/stackOutput.ts"),
  ),
  row(
    "stack history",
    "stack history",
    "Show past operations",
    {
      ...JSON_FLAG,
      ...SHOW_SECRETS,
      "page-size": { kind: "integer" },
      page: { kind: "integer" },
      "full-dates": { kind: "boolean" },
    },
    () => import("./commands/stackHistory.ts"),
  ),
  row(
    "stack export",
    "stack export",
    "Write the state as JSON",
    { ...SHOW_SECRETS, file: { kind: "string" } },
    () => import("./commands/stackExport.ts"),
  ),
  row(
    "stack import",
    "stack import",
    "Replace the state from JSON",
    { file: { kind: "string" }, force: { kind: "boolean", short: "f" } },
    () => import("./commands/stackImport.ts"),
  ),
  row(
    "stack tag ls",
    "stack tag ls",
    "List tags",
    JSON_FLAG,
    pick(tag, (module) => module.list),
  ),
  row(
    "stack tag get",
    "stack tag get NAME",
    "Show a tag",
    {},
    pick(tag, (module) => module.get),
  ),
  row(
    "stack tag set",
    "stack tag set NAME VALUE",
    "Set a tag",
    {},
    pick(tag, (module) => module.set),
  ),
  row(
    "stack tag rm",
    "stack tag rm NAME",
    "Remove a tag",
    {},
    pick(tag, (module) => module.remove),
  ),
  row(
    "config",
    "config",
    "List config",
    { ...JSON_FLAG, ...SHOW_SECRETS, ...CONFIG_FILE },
    pick(config, (module) => module.list),
  ),
  row(
    "config ls",
    "config ls",
    "List config",
    { ...JSON_FLAG, ...SHOW_SECRETS, ...CONFIG_FILE },
    pick(config, (module) => module.list),
  ),
  row(
    "config get",
    "config get KEY",
    "Show a value",
    { ...JSON_FLAG, ...PATH, ...CONFIG_FILE },
    pick(config, (module) => module.get),
  ),
  row(
    "config set",
    "config set KEY [VALUE]",
    "Set a value",
    { ...PATH, ...CONFIG_FILE, secret: { kind: "boolean" }, plaintext: { kind: "boolean" } },
    pick(config, (module) => module.set),
  ),
  row(
    "config set-all",
    "config set-all",
    "Set values",
    { ...PATH, ...CONFIG_FILE, secret: { kind: "strings" }, plaintext: { kind: "strings" }, json: { kind: "string" } },
    pick(config, (module) => module.setAll),
  ),
  row(
    "config rm",
    "config rm KEY",
    "Remove a value",
    { ...PATH, ...CONFIG_FILE },
    pick(config, (module) => module.remove),
  ),
  row(
    "config rm-all",
    "config rm-all KEYS",
    "Remove values",
    { ...PATH, ...CONFIG_FILE },
    pick(config, (module) => module.removeAll),
  ),
  row(
    "config refresh",
    "config refresh",
    "Take the config of the last operation",
    { ...CONFIG_FILE, force: { kind: "boolean", short: "f" } },
    pick(config, (module) => module.refresh),
  ),
  row(
    "state delete",
    "state delete URN",
    "Forget a resource",
    { ...YES, force: { kind: "boolean" }, "target-dependents": { kind: "boolean" } },
    pick(state, (module) => module.remove),
  ),
  row(
    "state unprotect",
    "state unprotect [URN]",
    "Remove protection",
    { ...YES, all: { kind: "boolean" } },
    pick(state, (module) => module.unprotect),
  ),
  row(
    "state rename",
    "state rename URN NAME",
    "Rename a resource",
    YES,
    pick(state, (module) => module.rename),
  ),
  row(
    "plugin ls",
    "plugin ls",
    "List plugins",
    JSON_FLAG,
    pick(plugin, (module) => module.list),
  ),
  row(
    "plugin install",
    "plugin install KIND NAME VERSION",
    "Record a plugin",
    { server: { kind: "string" }, exact: { kind: "boolean" }, reinstall: { kind: "boolean" } },
    pick(plugin, (module) => module.install),
  ),
  row(
    "plugin rm",
    "plugin rm [KIND [NAME [RANGE]]]",
    "Remove plugins",
    { ...YES, all: { kind: "boolean", short: "a" } },
    pick(plugin, (module) => module.remove),
  ),
  row(
    "install",
    "install",
    "Install the program's dependencies",
    {
      "no-plugins": { kind: "boolean" },
      "no-dependencies": { kind: "boolean" },
      reinstall: { kind: "boolean" },
      "use-language-version-tools": { kind: "boolean" },
    },
    () => import("./commands/install.ts"),
  ),
  row(
    "whoami",
    "whoami",
    "Show the user",
    { ...JSON_FLAG, verbose: { kind: "boolean", short: "v" } },
    () => import("./commands/whoami.ts"),
  ),
  row(
    "login",
    "login [URL]",
    "Choose a backend",
    { local: { kind: "boolean", short: "l" }, "cloud-url": { kind: "string", short: "c" } },
    () => import("./commands/login.ts"),
  ),
  row(
    "logout",
    "logout",
    "Forget the backend",
    { all: { kind: "boolean" }, local: { kind: "boolean", short: "l" } },
    () => import("./commands/logout.ts"),
  ),
  row("org get-default", "org get-default", "Show the organization", {}, () => import("./commands/organization.ts")),
];

/** Other names of commands. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  update: "up",
  pre: "preview",
  down: "destroy",
  dn: "destroy",
  "stack list": "stack ls",
  "stack remove": "stack rm",
  "config list": "config ls",
  "config remove": "config rm",
  "plugin list": "plugin ls",
  "stack tag list": "stack tag ls",
  "stack tag remove": "stack tag rm",
};
