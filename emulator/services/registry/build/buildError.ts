/** A build that cannot go on; the run's log ends with `Dockerfile:<line>: <message>`. */
export class BuildError extends Error {
  /** One-based line of the Dockerfile, when the fault is in one. */
  readonly line: number | undefined;

  constructor(message: string, line?: number, options?: ErrorOptions) {
    super(line === undefined ? message : `Dockerfile:${line}: ${message}`, options);
    this.line = line;
  }
}
