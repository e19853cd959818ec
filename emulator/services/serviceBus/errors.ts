/** Error conditions that clients know (AMQP 1.0 part 2.8 and Service Bus' own, "Service Bus AMQP error codes"). */
const STATUS = {
  "amqp:unauthorized-access": 401,
  "amqp:not-found": 404,
  "amqp:not-allowed": 400,
  "amqp:not-implemented": 501,
  "amqp:decode-error": 400,
  "amqp:internal-error": 500,
  "amqp:link:message-size-exceeded": 403,
  "amqp:link:detach-forced": 500,
  "com.microsoft:argument-error": 400,
  "com.microsoft:entity-disabled": 400,
  "com.microsoft:message-lock-lost": 410,
  "com.microsoft:message-not-found": 404,
  "com.microsoft:session-cannot-be-locked": 410,
  "com.microsoft:session-lock-lost": 410,
  "com.microsoft:timeout": 408,
} as const satisfies Readonly<Record<string, number>>;

export type Condition = keyof typeof STATUS;

/** A refusal by the broker: the condition and text that the client sees. */
export class BusError extends Error {
  readonly condition: Condition;

  constructor(condition: Condition, message: string, options?: ErrorOptions) {
    super(message, options);
    this.condition = condition;
  }

  /** Status of a `$management` or `$cbs` answer. */
  get status(): number {
    return STATUS[this.condition];
  }
}

/** What an unexpected error looks like to the client. */
export function toBusError(error: unknown): BusError {
  if (error instanceof BusError) return error;
  return new BusError("amqp:internal-error", "The service was unable to process the request.", { cause: error });
}
