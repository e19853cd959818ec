import { adviceFor } from "@devfactory/checks/advice/index.ts";
import { AGENT_ERRORS } from "./agentErrors.ts";
import { buildAdvice, lastLines } from "./build/buildAdvice.ts";
import { CARE_ERRORS } from "./careErrors.ts";
import { httpStatus, isNetworkError } from "./clientErrors.ts";
import { DEPLOY_ERRORS } from "./deployErrors.ts";
import { DOMAIN_ERRORS } from "./domainErrors.ts";
import { fillIn } from "./fillIn.ts";
import { HTTP_ERRORS } from "./httpErrors.ts";
import { JOB_ERRORS } from "./jobErrors.ts";
import { MODEL_ERRORS } from "./modelErrors.ts";
import { OUTBOUND_ERRORS } from "./outboundErrors.ts";
import { REPO_ERRORS } from "./repoErrors.ts";
import { SOURCE_ERRORS } from "./sourceErrors.ts";

export { httpStatus } from "./clientErrors.ts";

/** How the job service treats an error: the user's, Azure's, or ours. Decides retries (a user error is never retried). */
export type ErrorClass = "user" | "azure" | "conflict" | "infrastructure" | "internal";

interface ErrorRow {
  readonly status:
    | 400
    | 401
    | 402
    | 403
    | 404
    | 405
    | 408
    | 409
    | 410
    | 412
    | 413
    | 414
    | 415
    | 422
    | 429
    | 431
    | 500
    | 502
    | 503;
  readonly class: ErrorClass;
  readonly title: string;
  /** `{name}` is replaced by the detail of that name. */
  readonly message: string;
  readonly fix: string;
}

/** Every error that a user can meet: what happened and the way out. */
export const ERRORS = {
  INVALID_REQUEST: {
    status: 422,
    class: "user",
    title: "The request is not valid",
    message: "{problem}",
    fix: "Correct the fields listed in `errors` and send the request again.",
  },
  UNAUTHORIZED: {
    status: 401,
    class: "user",
    title: "Sign in first",
    message: "{reason}",
    fix: "Send a valid access token of this API as `Authorization: Bearer …` (`devfactory login` gets one).",
  },
  SIGN_IN_UNAVAILABLE: {
    status: 503,
    class: "infrastructure",
    title: "The sign-in service does not answer",
    message: "The keys that tokens are checked with cannot be fetched.",
    fix: "Send the request again in a moment; your token stays valid.",
  },
  FORBIDDEN: {
    status: 403,
    class: "user",
    title: "Your token does not allow this",
    message: "This needs the scope or role {needed}.",
    fix: "Ask for a token with that scope, or ask an administrator for the role.",
  },
  JOB_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such job",
    message: "There is no job {id}.",
    fix: "List your jobs with GET /jobs.",
  },
  APP_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such app",
    message: "There is no app {id}.",
    fix: "List your apps with GET /apps.",
  },
  KEY_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such key",
    message: "Your tenant has brought no key of {provider}.",
    fix: "An operator stores it with PUT /keys/{provider}, or `npx devfactory keys set {provider}`.",
  },
  KEY_DAMAGED: {
    status: 500,
    class: "internal",
    title: "A stored key does not open",
    message: "What is stored of the key of {provider} was changed.",
    fix: "Store the key again with PUT /keys/{provider}.",
  },
  KEYS_UNAVAILABLE: {
    status: 503,
    class: "infrastructure",
    title: "The vault does not answer",
    message: "Keys can neither be stored nor used at the moment.",
    fix: "Try again later; what is stored stays.",
  },
  PLAN_INACTIVE: {
    status: 402,
    class: "user",
    title: "The tenant's plan does not cover this",
    message: "The plan of your tenant is {status}.",
    fix: "Renew the subscription or add credit; apps that run stay as they are.",
  },
  WEBHOOK_REFUSED: {
    status: 401,
    class: "user",
    title: "The delivery is not the sender's",
    message: "This does not come from {source}: {reason}.",
    fix: "Give the sender and the vault the same secret.",
  },
  WEBHOOK_NOT_CONFIGURED: {
    status: 503,
    class: "user",
    title: "Nobody expects these deliveries",
    message: "There is no secret for deliveries of {source}.",
    fix: "An operator stores the secret {name} in the platform's vault.",
  },
  EVENTS_GONE: {
    status: 410,
    class: "user",
    title: "These events are not kept any more",
    message: "The events of the job {id} were removed {days} days after its end.",
    fix: "The job itself, its artifacts and its audit trail are still there.",
  },
  ARTIFACT_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such artifact",
    message: "The job has no artifact {name}.",
    fix: "The names are in `artifacts` of GET /jobs/{id}.",
  },
  FEEDBACK_NOT_FOUND: {
    status: 404,
    class: "user",
    title: "No such feedback",
    message: "The job has no feedback {id}.",
    fix: "List it with GET /jobs/{job}/feedback.",
  },
  WRONG_STATE: {
    status: 409,
    class: "conflict",
    title: "The job is not in a state for this",
    message: "The job is {status}; {action} needs {needed}.",
    fix: "Look at GET /jobs/{id} and try again when it fits.",
  },
  CANCEL_NOT_PLACED: {
    status: 503,
    class: "infrastructure",
    title: "The job could not be asked to stop",
    message: "The request was not placed (request-failed), so the job goes on: {reason}",
    fix: "Ask again in a moment.",
  },
  VERSION_CHANGED: {
    status: 412,
    class: "conflict",
    title: "It was changed meanwhile",
    message: "It is at version {version} now, not at the one of If-Match.",
    fix: "Read it again, and send the request with the new ETag if it still fits.",
  },
  APP_DESTROYED: {
    status: 409,
    class: "user",
    title: "The app was destroyed",
    message: "The app {id} has no stack any more.",
    fix: "Create a new app with POST /jobs.",
  },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    class: "user",
    title: "The key was used for another body",
    message: "This Idempotency-Key belongs to a different request.",
    fix: "Send a fresh Idempotency-Key for a new request.",
  },
  TENANT_QUOTA: {
    status: 429,
    class: "user",
    title: "Too many jobs at once",
    message: "{active} of {limit} jobs of your tenant are not finished.",
    fix: "Wait until one ends, or cancel one.",
  },
  RATE_LIMITED: {
    status: 429,
    class: "user",
    title: "Too many requests in a minute",
    message: "Your tenant may send {limit} {kind} a minute.",
    fix: "Come back after the seconds in the header Retry-After.",
  },
  LEDGER_BUSY: {
    status: 503,
    class: "infrastructure",
    title: "Too many writes at once",
    message: "The record of {appId} was changed by others {tries} times in a row.",
    fix: "Try again in a moment.",
  },
  LEASE_LOST: {
    status: 409,
    class: "infrastructure",
    title: "Another worker took over",
    message: "The lease of {appId} is held under a newer token than {token}.",
    fix: "Nothing to do: the other worker goes on.",
  },
  ...AGENT_ERRORS,
  SPEC_INVALID: {
    status: 422,
    class: "user",
    title: "The app spec is not valid",
    message: "{problems}",
    fix: "Correct the document at the named paths.",
  },
  CHECKS_FAILED: {
    status: 422,
    class: "user",
    title: "The generated app did not pass its checks",
    message: "After {repairs} repairs still: {findings}",
    fix: "Say in feedback what the app should do there, or simplify the wish.",
  },
  ...SOURCE_ERRORS,
  ...REPO_ERRORS,
  ...OUTBOUND_ERRORS,
  ...HTTP_ERRORS,
  ...CARE_ERRORS,
  ...DEPLOY_ERRORS,
  ...JOB_ERRORS,
  ...MODEL_ERRORS,
  ...DOMAIN_ERRORS,
  STEP_TIMEOUT: {
    status: 503,
    class: "infrastructure",
    title: "A step took too long",
    message: "{step} did not end within {seconds} s.",
    fix: "Retry the job.",
  },
  CANCELLED: {
    status: 409,
    class: "user",
    title: "Cancelled",
    message: "The job was cancelled.",
    fix: "Retry it when you want it again.",
  },
  SHUTTING_DOWN: {
    status: 503,
    class: "infrastructure",
    title: "The worker stops",
    message: "The worker hands its job over.",
    fix: "Nothing to do: another worker goes on.",
  },
  POISON: {
    status: 500,
    class: "internal",
    title: "The job was given up",
    message: "{attempts} attempts ended badly; the last: {last}",
    fix: "Retry the job; if it repeats, report it with the job's id.",
  },
  UNAVAILABLE: {
    status: 503,
    class: "infrastructure",
    title: "The service cannot reach what it needs",
    message: "The ledger or the queue does not answer.",
    fix: "Send the request again after the seconds in Retry-After, with the same Idempotency-Key.",
  },
  SETTING_MISSING: {
    status: 500,
    class: "internal",
    title: "A setting is missing or wrong",
    message: "{problems}",
    fix: "Set the named environment variables.",
  },
  INTERNAL: {
    status: 500,
    class: "internal",
    title: "Something broke on our side",
    message: "The request could not be finished.",
    fix: "Try again; if it repeats, report it with the time.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorCode = keyof typeof ERRORS;

/** An error of the job service: a code from {@link ERRORS} and the details of its message. */
export class AutomationError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(fillIn(ERRORS[code].message, details), options);
    this.name = "AutomationError";
    this.code = code;
    this.details = details;
  }

  get row(): ErrorRow {
    return ERRORS[this.code];
  }
}

/** An error as it is kept in the ledger and shown. */
export interface ErrorRecord {
  readonly code: string;
  readonly class: ErrorClass;
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
  readonly step?: string;
  /** The last lines of the build's log, or of what a version wrote that did not get healthy. */
  readonly log?: readonly string[];
  /** Of a version that did not get healthy: whether the one before it runs. */
  readonly restored?: boolean;
}

/** Classifies any thrown value once, at the edge; what we do not know is ours (`internal`). */
export function toErrorRecord(error: unknown, step?: string): ErrorRecord {
  const where = step === undefined ? {} : { step };
  if (error instanceof AutomationError) {
    const { class: kind, title, fix } = error.row;
    const log = lastLines(String(error.details.log ?? ""));
    const isBuild = error.code === "BUILD_FAILED";
    const known = isBuild ? buildAdvice(log.join("\n")) : explainedCode(error);
    const wayOut = known ?? fillIn(fix, error.details);
    const { restored } = error.details;
    const after = typeof restored === "boolean" ? { restored } : {};
    const record = { code: error.code, class: kind, title, detail: error.message, fix: wayOut, ...where, ...after };
    return log.length > 0 ? { ...record, log } : record;
  }
  const { title, fix } = ERRORS.INTERNAL;
  const status = httpStatus(error);
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (status !== undefined) {
    // A REST or AMQP client's error: throttling and server errors pass, the rest is Azure's final word.
    const kind = status === 408 || status === 429 || status === 449 || status >= 500 ? "infrastructure" : "azure";
    return {
      code: `AZURE_${status}`,
      class: kind,
      title: "Azure refused a request",
      detail,
      fix: explained(detail) ?? fix,
      ...where,
    };
  }
  const kind = isNetworkError(error) ? "infrastructure" : "internal";
  return { code: "INTERNAL", class: kind, title, detail, fix, ...where };
}

function explainedCode({ code, message }: AutomationError): string | undefined {
  return code === "DEPLOY_FAILED" ? explained(message) : undefined;
}

/** Why Azure or the engine said so and what to do, when the catalogue of errors knows. */
function explained(message: string): string | undefined {
  const advice = adviceFor(message);
  if (!advice) return undefined;
  return `${advice.cause} ${advice.fix}${advice.option ? ` (${advice.option})` : ""}`;
}

/** May another attempt help? */
export function isRetriable(record: Pick<ErrorRecord, "class">): boolean {
  return record.class === "infrastructure" || record.class === "internal" || record.class === "conflict";
}
