const ERRORS = {
  SPEC_INVALID: {
    message: "The app spec is not valid: {problems}.",
    advice: "Correct the fields that are named; stacks/spec/appSpec.ts describes them all.",
  },
  CONFIG_INVALID: {
    message: "The configuration {key} is not valid: {problem}.",
    advice: "Set it as docs/architecture.md describes.",
  },
  IMAGE_MISSING: {
    message: "There is no image for the service {service}; there are images for: {images}.",
    advice: "Build the service's image before deploying, and give its digest in `devfactory:images`.",
  },
  CALL_CYCLE: {
    message: "The services {cycle} call each other in a circle.",
    advice: "Let one of them answer over a queue, or join them.",
  },
  USE_UNSUPPORTED: {
    message: "The service {service} of kind {kind} cannot use {resource}.",
    advice: "A static site has no identity: put an api service between them.",
  },
  CALL_INTERNAL: {
    message: "The service {service} cannot call {target}, which has no http address.",
    advice: "Call a web or api service.",
  },
  REGIONS_PRIVATE: {
    message: "The app is to run in {regions} too, but its network is in {region} alone.",
    advice:
      "Leave `alsoIn` out; or take the profile dev, or standard without a postgres or sql resource; or set `privateDatabases` to false.",
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly advice: string }>>;

export type StackErrorCode = keyof typeof ERRORS;

/** What a deployment can get wrong before anything is made. */
export class StackError extends Error {
  override readonly name = "StackError";
  readonly code: StackErrorCode;
  readonly details: Readonly<Record<string, string>>;
  readonly advice: string;

  constructor(code: StackErrorCode, details: Readonly<Record<string, string>>, options?: ErrorOptions) {
    super(
      ERRORS[code].message.replace(/\{(\w+)\}/g, (_, key: string) => details[key] ?? `{${key}}`),
      options,
    );
    this.code = code;
    this.details = details;
    this.advice = ERRORS[code].advice;
  }
}
