export { guid, SUBSCRIPTION_ID, TENANT_ID } from "./answers.ts";
export { TEST_TAGS, testContext } from "./context.ts";
export { productionLock } from "./lock.ts";
export {
  containerVariables,
  type Recorded,
  type RecordedRead,
  type Recording,
  type RecordOptions,
  rawResources,
  record,
  resolved,
} from "./record.ts";
