export {
  ACCESS,
  type Access,
  AppSpec,
  PROFILES,
  type Profile,
  type Resource,
  SERVICE_KINDS,
  type Service,
} from "./appSpec.ts";
export { DataModel, Entity, FIELD_TYPES, Field, type FieldType, View } from "./dataModel.ts";
export { appSpecJsonSchema, parseAppSpec, type SpecProblem, type SpecResult } from "./problems.ts";
