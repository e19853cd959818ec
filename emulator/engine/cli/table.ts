import type { CommandModule, CommandSpec } from "./command.ts";
import type { FlagTable } from "./flags.ts";
import { CONFIG_FILE, JSON_FLAG, OPERATION, OWN_FLAGS, PATH, SHOW_SECRETS, UPDATE, YES } from "./flagTables.ts";

type Load = CommandSpec["load"];

const config = () => import("./commands/config.ts");
const organization = () => import("./commands/organization.ts");
const state = () => import("./commands/state.ts");
const plugin = () => import("./commands/plugin.ts");
const tag = () => import("./commands/tag.ts");

function pick<M>(load: () => Promise<M>, choose: (module: M) => CommandModule["run"]): Load {
  return async () => ({ run: choose(await load()) });
}

function row(usage: string, about: string, flags: FlagTable, load: Load): CommandSpec {
  return { path: usage.split(/ [A-Z[|]/, 1)[0] ?? "", usage, about, flags, load };
}

/** A command of the real CLI that this engine does not have; flags are not looked at. */
function refused(usage: string, advice: string): CommandSpec {
  const load: Load = async () => (await import("./commands/refused.ts")).refuse(usage, advice);
  return { path: usage, usage, about: "", flags: {}, load, refused: true };
}

const environments: Load = async () => (await import("./commands/refused.ts")).environments;
const LIST_FLAGS = { ...JSON_FLAG, ...SHOW_SECRETS, ...CONFIG_FILE };
const MARK = OWN_FLAGS["state mark"];

/** Every command of this engine, then those that it refuses. */
export const COMMANDS: readonly CommandSpec[] = [
  row("up", "Create or update the resources of a stack", UPDATE, () => import("./commands/up.ts")),
  row("preview", "Show what an update would do", UPDATE, () => import("./commands/preview.ts")),
  row("refresh", "Make the state what really exists", OPERATION, () => import("./commands/refresh.ts")),
  row("destroy", "Delete all resources of a stack", OPERATION, () => import("./commands/destroy.ts")),
  row(
    "import [TYPE NAME ID]",
    "Take existing resources into a stack",
    OWN_FLAGS.import,
    () => import("./commands/import.ts"),
  ),
  row("cancel [STACK]", "Remove the locks of a stack", YES, () => import("./commands/cancel.ts")),
  row("stack", "Show the selected stack", OWN_FLAGS.stack, () => import("./commands/stackShow.ts")),
  row("stack init NAME", "Create an empty stack", OWN_FLAGS["stack init"], () => import("./commands/stackInit.ts")),
  row(
    "stack select [NAME]",
    "Choose the stack of this project",
    OWN_FLAGS["stack select"],
    () => import("./commands/stackSelect.ts"),
  ),
  row("stack unselect", "Choose no stack", {}, () => import("./commands/stackUnselect.ts")),
  row("stack ls", "List stacks", OWN_FLAGS["stack ls"], () => import("./commands/stackList.ts")),
  row("stack rm [NAME]", "Remove a stack", OWN_FLAGS["stack rm"], () => import("./commands/stackRemove.ts")),
  row("stack rename NEW", "Rename a stack", {}, () => import("./commands/stackRename.ts")),
  row("stack output [NAME]", "Show outputs", OWN_FLAGS["stack output"], () => import("./commands/stackOutput.ts")),
  row("stack history", "Show past operations", OWN_FLAGS["stack history"], () => import("./commands/stackHistory.ts")),
  row("stack export", "Write the state as JSON", OWN_FLAGS["stack export"], () => import("./commands/stackExport.ts")),
  row(
    "stack import",
    "Replace the state from JSON",
    OWN_FLAGS["stack import"],
    () => import("./commands/stackImport.ts"),
  ),
  row(
    "stack graph FILE",
    "Write the dependencies as a graph",
    OWN_FLAGS["stack graph"],
    () => import("./commands/stackGraph.ts"),
  ),
  row(
    "stack change-secrets-provider PROVIDER",
    "Seal config and state under a new passphrase",
    {},
    () => import("./commands/stackSecretsProvider.ts"),
  ),
  row(
    "stack tag ls",
    "List tags",
    JSON_FLAG,
    pick(tag, (module) => module.list),
  ),
  row(
    "stack tag get NAME",
    "Show a tag",
    {},
    pick(tag, (module) => module.get),
  ),
  row(
    "stack tag set NAME VALUE",
    "Set a tag",
    {},
    pick(tag, (module) => module.set),
  ),
  row(
    "stack tag rm NAME",
    "Remove a tag",
    {},
    pick(tag, (module) => module.remove),
  ),
  row(
    "config",
    "List config",
    LIST_FLAGS,
    pick(config, (module) => module.list),
  ),
  row(
    "config ls",
    "List config",
    LIST_FLAGS,
    pick(config, (module) => module.list),
  ),
  row(
    "config get KEY",
    "Show a value",
    { ...JSON_FLAG, ...PATH, ...CONFIG_FILE },
    pick(config, (module) => module.get),
  ),
  row(
    "config set KEY [VALUE]",
    "Set a value",
    OWN_FLAGS["config set"],
    pick(config, (module) => module.set),
  ),
  row(
    "config set-all",
    "Set values",
    OWN_FLAGS["config set-all"],
    pick(config, (module) => module.setAll),
  ),
  row(
    "config rm KEY",
    "Remove a value",
    { ...PATH, ...CONFIG_FILE },
    pick(config, (module) => module.remove),
  ),
  row(
    "config rm-all KEYS",
    "Remove values",
    { ...PATH, ...CONFIG_FILE },
    pick(config, (module) => module.removeAll),
  ),
  row(
    "config refresh",
    "Take the config of the last operation",
    OWN_FLAGS["config refresh"],
    pick(config, (module) => module.refresh),
  ),
  row(
    "config cp [KEY]",
    "Copy config to another stack",
    OWN_FLAGS["config cp"],
    pick(config, (module) => module.copy),
  ),
  row("config env", "Environments: not in backends of one's own", { ...LIST_FLAGS, ...YES }, environments),
  row(
    "state delete URN",
    "Forget a resource",
    OWN_FLAGS["state delete"],
    pick(state, (module) => module.remove),
  ),
  row(
    "state protect [URN]",
    "Protect a resource",
    MARK,
    pick(state, (module) => module.protect),
  ),
  row(
    "state unprotect [URN]",
    "Remove protection",
    MARK,
    pick(state, (module) => module.unprotect),
  ),
  row(
    "state taint [URN]",
    "Have a resource replaced",
    MARK,
    pick(state, (module) => module.taint),
  ),
  row(
    "state untaint [URN]",
    "Have a resource not replaced",
    MARK,
    pick(state, (module) => module.untaint),
  ),
  row(
    "state rename URN NAME",
    "Rename a resource",
    YES,
    pick(state, (module) => module.rename),
  ),
  row("state repair", "Repair a state that contradicts itself", YES, () => import("./commands/stateRepair.ts")),
  row(
    "plugin ls",
    "List plugins",
    JSON_FLAG,
    pick(plugin, (module) => module.list),
  ),
  row(
    "plugin install KIND NAME VERSION",
    "Record a plugin",
    OWN_FLAGS["plugin install"],
    pick(plugin, (module) => module.install),
  ),
  row(
    "plugin rm [KIND [NAME [RANGE]]]",
    "Remove plugins",
    OWN_FLAGS["plugin rm"],
    pick(plugin, (module) => module.remove),
  ),
  row("install", "Install the program's dependencies", OWN_FLAGS.install, () => import("./commands/install.ts")),
  row("whoami", "Show the user", OWN_FLAGS.whoami, () => import("./commands/whoami.ts")),
  row("login [URL]", "Choose a backend", OWN_FLAGS.login, () => import("./commands/login.ts")),
  row("logout", "Forget the backend", OWN_FLAGS.logout, () => import("./commands/logout.ts")),
  row(
    "org get-default",
    "Show the organization",
    {},
    pick(organization, (module) => module.getDefault),
  ),
  row(
    "org set-default NAME",
    "Choose an organization",
    {},
    pick(organization, (module) => module.setDefault),
  ),
  row("about", "Describe this machine, for reports of faults", OWN_FLAGS.about, () => import("./commands/about.ts")),
  row(
    "gen-completion SHELL",
    "Write completions for bash, zsh or fish",
    {},
    () => import("./commands/genCompletion.ts"),
  ),
  refused(
    "new",
    "write Pulumi.yaml with `name` and `runtime: nodejs` and a program, then run `pulumi stack init NAME`.",
  ),
  refused("watch", "run `pulumi up` after each change, or the real CLI's watch."),
  refused("convert", "use the real CLI to convert programs of other languages."),
  refused("logs", "look at the logs where the resources are, for instance with `az monitor`."),
  refused("console", "there is no Pulumi Cloud behind this backend."),
  refused("query", "write a program with the Automation API."),
  refused("package", "use the real CLI to make SDKs of packages."),
  refused("schema", "use the real CLI to check schemas."),
  refused("policy", "pass a folder with `--policy-pack` to `pulumi up` or `pulumi preview`."),
  refused("env", "environments belong to Pulumi Cloud."),
  refused("deployment", "deployments belong to Pulumi Cloud."),
  refused("org search", "search belongs to Pulumi Cloud."),
  refused("state move", "export both stacks, move the resources by hand, and import them again; or use the real CLI."),
  refused("state edit", "run `pulumi stack export --file F`, edit the file, and `pulumi stack import --file F`."),
  refused("state upgrade", "this engine keeps stacks by project already; old stores are upgraded by the real CLI."),
];

/** Other names of commands. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  update: "up",
  pre: "preview",
  down: "destroy",
  dn: "destroy",
  history: "stack history",
  "stack list": "stack ls",
  "stack remove": "stack rm",
  "stack delete": "stack rm",
  "config list": "config ls",
  "config remove": "config rm",
  "config copy": "config cp",
  "plugin list": "plugin ls",
  "plugin remove": "plugin rm",
  "stack tag list": "stack tag ls",
  "stack tag remove": "stack tag rm",
};
