export * from "./cost/index.ts";
