/** What can go wrong when components are put together; `advice` is the way out. */
const ERRORS = {
  NAME_TOO_LONG: {
    message: "{type} names hold {max} characters: {app} does not fit with {stage} and the hash.",
    advice: "Shorten the app's or the stage's name.",
  },
  NAME_INVALID: {
    message: "{name} is no valid {type} name ({pattern}).",
    advice: "Use a name that matches the pattern, or leave `name` out.",
  },
  NAME_RESERVED: {
    message: "{name} holds the word {word}, which Azure refuses in public names.",
    advice: "Rename the app.",
  },
  TRANSFORM_UNKNOWN: {
    message: "{component} has no child {slot}; there are: {slots}.",
    advice: "Correct the key of `transform`.",
  },
  ENV_COLLISION: {
    message: "{component}: the environment variable {name} is set explicitly and by the link to {link}.",
    advice: "Remove one of the two.",
  },
  LINK_UNSUPPORTED: {
    message: "{component} cannot use {target} with {access}.",
    advice: "Choose another access level or another kind of service.",
  },
  SIZE_INVALID: {
    message: "{cpu} vCPU is no size of the Consumption plan; the nearest are {nearest}.",
    advice: 'Use a multiple of 0.25 from 0.25 to 4, as a number or as `"0.5 vCPU"`.',
  },
  ARGUMENT_INVALID: {
    message: "{component}: {argument} is {value}; allowed: {allowed}. {why}",
    advice: "Change the argument to an allowed value.",
  },
  OPTION_UNSUPPORTED: {
    message: "{component}: {option} needs {needed}, not {given}: {why}.",
    advice: "Choose what is needed, or leave the option out.",
  },
  OPTION_UNKNOWN: {
    message: "{component}: {option} has no {key}; there are: {known}.",
    advice: "Correct the key.",
  },
  CONTEXT_MISSING: {
    message: "{component}: {option} needs a {missing}, which the context does not have.",
    advice:
      "Make one (`Network`, `Monitoring`), pass on the context that its `within` returns, or leave the option out.",
  },
  NOT_MADE: {
    message: "{component} did not make a child {slot}; there are: {slots}.",
    advice: "Ask only for children that the arguments switch on.",
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly advice: string }>>;

export type ComponentErrorCode = keyof typeof ERRORS;

/** The only error that components throw on purpose. `message` is complete; `advice` says what to do. */
export class ComponentError extends Error {
  override readonly name = "ComponentError";
  readonly code: ComponentErrorCode;
  readonly details: Readonly<Record<string, string | number>>;
  readonly advice: string;

  constructor(code: ComponentErrorCode, details: Readonly<Record<string, string | number>>, options?: ErrorOptions) {
    super(
      ERRORS[code].message.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? `{${key}}`)),
      options,
    );
    this.code = code;
    this.details = details;
    this.advice = ERRORS[code].advice;
  }
}
