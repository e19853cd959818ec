export { AppSpec, PROFILES, type Profile } from "./appSpec.ts";
export { DataModel, Entity, FIELD_TYPES, Field, type FieldType, View } from "./dataModel.ts";
export { applyPreset, Preset } from "./presets.ts";
export { appSpecJsonSchema, parseAppSpec, type SpecProblem, type SpecResult } from "./problems.ts";
export { ACCESS, BLOB_SKUS, CONFIG_SKUS, POSTGRES_SKUS, REGISTRY_SKUS, Resource } from "./resource.ts";
export { type Access, SERVICE_KINDS, Service } from "./service.ts";
