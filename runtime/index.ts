export { type AgentDefinition, loadAgents, parseAgents } from "./agents.ts";
export { RUNTIME_ERRORS, RuntimeError, type RuntimeErrorCode } from "./errors.ts";
export { type AgentRun, type PricedModel, runAgent, type Stop } from "./loop/runAgent.ts";
export { resolveModel } from "./models/index.ts";
export { templateModel } from "./models/template/model.ts";
export { type RunTaskOptions, runTask } from "./runTask.ts";
export { runInSandbox, type SandboxRequest, type SandboxResult } from "./sandbox/runInSandbox.ts";
export { AGENT_IDS, AgentEvent, type AgentId, AgentResult, AgentTask, Budget } from "./task.ts";
export { Workspace } from "./workspace/workspace.ts";
