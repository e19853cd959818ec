/** Error codes of the distribution protocol and their statuses. Source: OCI distribution specification 1.1, "Error Codes". */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 416,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
} as const;

export type RegistryErrorCode = keyof typeof STATUS;

/** An error that the registry answers as `{"errors":[{"code","message"}]}`. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly status: number;

  constructor(code: RegistryErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }

  toResponse(headers: Readonly<Record<string, string>> = {}): Response {
    const body = { errors: [{ code: this.code, message: this.message }] };
    return Response.json(body, {
      status: this.status,
      headers: { "docker-distribution-api-version": "registry/2.0", ...headers },
    });
  }
}
