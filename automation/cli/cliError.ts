/** Something that the person at the shell can mend: what happened and the way out, shown without a stack trace. */
export class CliError extends Error {
  readonly advice: string;

  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}
