export { fromPreview, Preview } from "./fromPreview.ts";
export { ResourceInFile, readJsonFile } from "./planFile.ts";
export { isUnknown, type PlannedResource, SECRET_VALUE, UNKNOWN, withoutSecrets } from "./resource.ts";
