/** Documented Cosmos error codes by status ("HTTP status codes for Azure Cosmos DB"). */
const CODES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Gone",
  412: "PreconditionFailed",
  413: "RequestEntityTooLarge",
  424: "FailedDependency",
  429: "TooManyRequests",
  501: "NotImplemented",
};

/** What a request is refused with: `{"code","message"}`, status, and `x-ms-substatus`. */
export class CosmosError extends Error {
  readonly status: number;
  /** 0 when the service names none. */
  readonly substatus: number;
  /** Extra fields of the body, for example `additionalErrorInfo`. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: {
      readonly substatus?: number;
      readonly details?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.substatus = more.substatus ?? 0;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }

  get code(): string {
    return CODES[this.status] ?? "InternalServerError";
  }
}

export const notFound = (): CosmosError =>
  new CosmosError(404, "Entity with the specified id does not exist in the system.");

export const preconditionFailed = (): CosmosError =>
  new CosmosError(412, "One of the specified pre-condition is not met. Learn more: https://aka.ms/CosmosDB/sql/errors");

export const conflict = (): CosmosError =>
  new CosmosError(409, "Entity with the specified id already exists in the system.");

export const badRequest = (message: string, substatus = 0): CosmosError => new CosmosError(400, message, { substatus });

/** Refuses what this stand-in does not have, by name, rather than to answer something else. */
export const notEmulated = (what: string): CosmosError =>
  new CosmosError(501, `The local Cosmos DB does not emulate ${what}.`);
