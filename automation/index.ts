export { type ArmEndpoint, armClientOptions, armEndpoint, parseResourceId } from "./azure/arm.ts";
export { type CredentialSource, createCredential, credentialSource } from "./azure/credential.ts";
export {
  ApiClient,
  type ApiClientOptions,
  ApiError,
  type AppView,
  type EventView,
  type FeedbackView,
  type JobView,
  type NewJob,
} from "./client/apiClient.ts";
export { AutomationError, ERRORS, type ErrorCode } from "./errors.ts";
export { createLogger, type Logger } from "./logger.ts";
export { Redactor } from "./redact.ts";
export { type ApiSettings, apiSettings, type WorkerSettings, workerSettings } from "./settings.ts";
