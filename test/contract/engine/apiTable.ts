/** Files of this folder that a row's titles stand in. */
export type Place = "workspace" | "config" | "stack" | "options" | "global";

/** A method or option, and the titles of its tests (the file is `api.PLACE.test.ts`). */
export type Rows = Readonly<Record<string, readonly (readonly [place: Place, title: string])[]>>;

const life = [["workspace", "creates, selects, lists and removes stacks, with typed errors"]] as const;
const settings = [["workspace", "reads and writes project and stack settings"]] as const;
const single = [
  ["config", "round trips one value: plain, secret, by path, booleans, integers, lists, objects"],
] as const;
const many = [["config", "sets and removes many values at once, also from JSON"]] as const;
const refreshed = [["config", "takes the config of the last update back"]] as const;
const environments = [["workspace", "refuses environments: they belong to Pulumi Cloud"]] as const;
const tags = [["stack", "keeps tags"]] as const;
const plugins = [["workspace", "records plugins, lists and removes them, by range too"]] as const;
const exported = [["stack", "exports with open secrets and imports again"]] as const;
const outputs = [["stack", "tells outputs, masked ones apart"]] as const;
const organizations = [["stack", "has no default organization and refuses to set one"]] as const;

/** Public methods of `LocalWorkspace`. `static` stands before static ones. */
export const WORKSPACE: Rows = {
  "static create": settings,
  "static createStack": life,
  "static selectStack": life,
  "static createOrSelectStack": life,
  "get pulumiCommand": [["workspace", "knows its command, its version, its folders, and who it is"]],
  "get pulumiVersion": [["workspace", "knows its command, its version, its folders, and who it is"]],
  projectSettings: settings,
  saveProjectSettings: settings,
  stackSettings: settings,
  saveStackSettings: settings,
  createStack: life,
  selectStack: life,
  removeStack: [
    ...life,
    ["workspace", "removes a stack: refuses resources unless forced, keeps the config file when told so"],
  ],
  addEnvironments: environments,
  listEnvironments: environments,
  removeEnvironment: environments,
  getConfig: single,
  getAllConfig: single,
  setConfig: single,
  setAllConfig: many,
  setAllConfigJson: many,
  removeConfig: single,
  removeAllConfig: many,
  refreshConfig: refreshed,
  getTag: tags,
  setTag: tags,
  removeTag: tags,
  listTags: tags,
  whoAmI: [["workspace", "knows its command, its version, its folders, and who it is"]],
  stack: life,
  listStacks: [...life, ["workspace", "lists the stacks of all projects when asked"]],
  install: [["workspace", "installs a program's dependencies only when they are not there"]],
  installPlugin: plugins,
  installPluginFromServer: plugins,
  removePlugin: plugins,
  listPlugins: plugins,
  exportStack: exported,
  importStack: exported,
  stackOutputs: outputs,
  serializeArgsForOp: [["workspace", "has hooks for extensions that do nothing by themselves"]],
  postCommandCallback: [["workspace", "has hooks for extensions that do nothing by themselves"]],
};

/** Public methods of `Stack`. */
export const STACK: Rows = {
  "static create": life,
  "static select": life,
  "static createOrSelect": life,
  up: [["stack", "up, preview, refresh, destroy and their previews tell what they did"]],
  preview: [["stack", "up, preview, refresh, destroy and their previews tell what they did"]],
  refresh: [["stack", "up, preview, refresh, destroy and their previews tell what they did"]],
  previewRefresh: [["stack", "up, preview, refresh, destroy and their previews tell what they did"]],
  destroy: [["stack", "up, preview, refresh, destroy and their previews tell what they did"]],
  previewDestroy: [["stack", "up, preview, refresh, destroy and their previews tell what they did"]],
  rename: [["stack", "renames: resources, history, config and selection follow"]],
  import: [["stack", "imports resources from a list and from a file"]],
  addEnvironments: environments,
  listEnvironments: environments,
  removeEnvironment: environments,
  getConfig: single,
  getAllConfig: single,
  setConfig: single,
  setAllConfig: many,
  setAllConfigJson: many,
  removeConfig: single,
  removeAllConfig: many,
  refreshConfig: refreshed,
  getTag: tags,
  setTag: tags,
  removeTag: tags,
  listTags: tags,
  outputs,
  history: [["stack", "keeps history: newest first, in pages, secrets only when asked"]],
  info: [["stack", "keeps history: newest first, in pages, secrets only when asked"]],
  cancel: [["stack", "cancels an update that holds the lock"]],
  orgGetDefault: organizations,
  orgSetDefault: organizations,
  exportStack: exported,
  importStack: exported,
};

/** Options of the operations, as `operation: option`. Each operation's list is that of `stack.d.ts`. */
export const OPTIONS: Rows = {
  parallel: [["options", "parallel: as many as told; no fractions"]],
  message: [["options", "message: in the history"]],
  expectNoChanges: [["options", "expectNoChanges: fails when there are some"]],
  refresh: [["options", "refresh: reads first"]],
  diff: [["options", "diff: names what changes"]],
  replace: [["options", "replace: by URN"]],
  policyPacks: [["options", "policyPacks and policyPackConfigs: a missing pack fails the operation"]],
  policyPackConfigs: [["options", "policyPacks and policyPackConfigs: a missing pack fails the operation"]],
  exclude: [["options", "target, targetDependents, exclude, excludeDependents: in every operation"]],
  excludeDependents: [["options", "target, targetDependents, exclude, excludeDependents: in every operation"]],
  target: [["options", "target, targetDependents, exclude, excludeDependents: in every operation"]],
  targetDependents: [["options", "target, targetDependents, exclude, excludeDependents: in every operation"]],
  userAgent: [["options", "userAgent and tracing: taken, without effect"]],
  tracing: [["options", "userAgent and tracing: taken, without effect"]],
  onError: [["options", "onOutput, onError, onEvent: in order, while it runs"]],
  onOutput: [["options", "onOutput, onError, onEvent: in order, while it runs"]],
  onEvent: [["options", "onOutput, onError, onEvent: in order, while it runs"]],
  program: [["options", "program: instead of the stack's own"]],
  plan: [["options", "plan: a missing file and a plan are refused"]],
  showSecrets: [["options", "showSecrets: whether the summary's config is open"]],
  continueOnError: [["options", "continueOnError: siblings go on, in up and destroy"]],
  attachDebugger: [["options", "attachDebugger: refused"]],
  signal: [["options", "signal: an aborted one cancels"]],
  runProgram: [["options", "runProgram: destroy and refresh run the program"]],
  previewOnly: [["options", "previewOnly: changes nothing"]],
  clearPendingCreates: [["options", "clearPendingCreates: drops creates that a kill left"]],
  excludeProtected: [["options", "excludeProtected: keeps the protected and says so"]],
  remove: [["options", "remove: the stack goes after its resources"]],
  color: [["global", "color, logFlow, logVerbosity, logToStdErr, debug: taken by every operation"]],
  logFlow: [["global", "color, logFlow, logVerbosity, logToStdErr, debug: taken by every operation"]],
  logVerbosity: [["global", "color, logFlow, logVerbosity, logToStdErr, debug: taken by every operation"]],
  logToStdErr: [["global", "color, logFlow, logVerbosity, logToStdErr, debug: taken by every operation"]],
  debug: [["global", "color, logFlow, logVerbosity, logToStdErr, debug: taken by every operation"]],
  suppressOutputs: [["global", "suppressOutputs and suppressProgress: say less"]],
  suppressProgress: [["global", "suppressOutputs and suppressProgress: say less"]],
  configFile: [["global", "configFile: instead of the stack's own"]],
  importFile: [["global", "importFile: a preview writes what could be imported"]],
};
