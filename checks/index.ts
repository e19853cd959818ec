export * from "./cost/index.ts";
export { CheckError, type CheckErrorCode } from "./errors.ts";
export * from "./plan/index.ts";
export * from "./policy/index.ts";
