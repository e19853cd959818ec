/** Exit codes of the CLI (pkg/cmd/pulumi/cmd/exit_codes.go). */
export const EXIT = {
  ok: 0,
  error: 1,
  configuration: 2,
  authentication: 3,
  resource: 4,
  policy: 5,
  stackNotFound: 6,
  noChanges: 7,
  cancelled: 8,
  timeout: 9,
} as const;

/**
 * A failure that the user sees as `error: <message>` on stderr. The texts are the real CLI's, because the Automation API
 * finds its typed errors by pattern in them.
 */
export class EngineError extends Error {
  readonly exitCode: number;
  /** True when the message was already shown as a diagnostic; only the exit code counts then. */
  readonly shown: boolean;

  constructor(message: string, exitCode: number = EXIT.error, options?: ErrorOptions & { readonly shown?: boolean }) {
    super(message, options);
    this.name = "EngineError";
    this.exitCode = exitCode;
    this.shown = options?.shown ?? false;
  }
}
