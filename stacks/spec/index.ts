export { AppSpec, PROFILES, type Profile } from "./appSpec.ts";
export {
  allowedValues,
  type IdleCost,
  type KindFacts,
  type KindGroup,
  kindFacts,
  kindsOf,
  type OptionFacts,
  RESERVED_WORDS,
} from "./catalogue.ts";
export { DataModel, Entity, FIELD_TYPES, Field, type FieldType, View } from "./dataModel.ts";
export { applyPreset, Preset } from "./presets.ts";
export { appSpecJsonSchema, parseAppSpec, problemsText, type SpecProblem, type SpecResult } from "./problems.ts";
export { entryOf, everywhere, REGIONS } from "./regions.ts";
export { ACCESS, Resource } from "./resource.ts";
export { type Access, SERVICE_KINDS, Service } from "./service.ts";
