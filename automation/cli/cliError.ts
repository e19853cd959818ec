/** Something that the person at the shell can mend: what happened and the way out, shown without a stack trace. */
export class CliError extends Error {
  readonly advice: string;
  /** What was given is wrong: exit code 2. */
  readonly wrongUse: boolean;

  constructor(message: string, advice: string, options?: ErrorOptions & { readonly wrongUse?: boolean }) {
    super(message, options);
    this.advice = advice;
    this.wrongUse = options?.wrongUse ?? false;
  }
}
