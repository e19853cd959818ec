export { ADVICE, type Advice, adviceFor, adviceOf } from "./advice/index.ts";
export * from "./cost/index.ts";
export { CheckError, type CheckErrorCode } from "./errors.ts";
export * from "./plan/index.ts";
export * from "./policy/index.ts";
export * from "./preflight/index.ts";
