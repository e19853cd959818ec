/** What can go wrong in the agents' runtime, with a way out. */
export const RUNTIME_ERRORS = {
  PATH_REFUSED: {
    message: "The path {path} is refused: {reason}.",
    advice: "Use a path relative to the app, like backend/main.ts.",
  },
  FILE_NOT_FOUND: { message: "There is no file {path}.", advice: "List the files first." },
  NOT_TEXT: { message: "{path} is no text file, or larger than {limit} bytes.", advice: "Leave it to the generators." },
  EDIT_NOT_UNIQUE: {
    message: "The text to replace occurs {count} times in {path}, not once.",
    advice: "Quote more lines.",
  },
  KIND_UNKNOWN: { message: "There is no kind {kind}.", advice: "Use one of: {known}." },
  NO_MODEL: { message: "The task has no spec with a data model.", advice: "Run planner_agent first." },
  UNKNOWN_PROVIDER: { message: "There is no model provider {provider}.", advice: "Use one of: {known}." },
  UNKNOWN_MODEL: { message: "There is no price for {name} of {provider}.", advice: "Use one of: {known}." },
  MODEL_DOOR_MISSING: {
    message: "The model provider {provider} is reached through the platform's gateway, and the run has no door to it.",
    advice: "Set DEVFACTORY_MODEL_GATEWAY of the worker, or use the provider template, which needs nothing.",
  },
  AGENTS_INVALID: { message: "agents.json is not valid: {problem}.", advice: "Compare it with agents.schema.json." },
  SANDBOX_FAILED: {
    message: "The sandbox did not start: {reason}.",
    advice: "Check that bubblewrap may make namespaces.",
  },
  TASK_SETTING_MISSING: {
    message: "The environment lacks {name}.",
    advice: "The worker sets it when it starts the job.",
  },
} as const satisfies Record<string, { message: string; advice: string }>;

export type RuntimeErrorCode = keyof typeof RUNTIME_ERRORS;
type Details = Readonly<Record<string, string | number>>;

export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  readonly details: Details;
  readonly advice: string;

  constructor(code: RuntimeErrorCode, details: Details = {}, options?: ErrorOptions) {
    super(fill(RUNTIME_ERRORS[code].message, details), options);
    this.name = "RuntimeError";
    this.code = code;
    this.details = details;
    this.advice = fill(RUNTIME_ERRORS[code].advice, details);
  }
}

function fill(text: string, details: Details): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => String(details[name] ?? mark));
}
