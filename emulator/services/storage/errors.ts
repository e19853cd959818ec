/** Documented error codes with their status and text (Microsoft Learn, "Blob service error codes", "Queue service error codes"). */
const ERRORS = {
  AuthenticationFailed: [
    403,
    "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature.",
  ],
  AuthorizationFailure: [403, "This request is not authorized to perform this operation."],
  AuthorizationPermissionMismatch: [
    403,
    "This request is not authorized to perform this operation using this permission.",
  ],
  AuthorizationProtocolMismatch: [403, "This request is not authorized to perform this operation using this protocol."],
  BlobAlreadyExists: [409, "The specified blob already exists."],
  BlobNotFound: [404, "The specified blob does not exist."],
  AppendPositionConditionNotMet: [412, "The append position condition specified was not met."],
  BlockCountExceedsLimit: [409, "The committed block count cannot exceed the maximum limit of 50,000 blocks."],
  ConditionNotMet: [412, "The condition specified using HTTP conditional header(s) is not met."],
  ContainerAlreadyExists: [409, "The specified container already exists."],
  ContainerNotFound: [404, "The specified container does not exist."],
  CannotVerifyCopySource: [404, "The specified resource does not exist."],
  InvalidAuthenticationInfo: [
    401,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
  ],
  InvalidBlobType: [409, "The blob type is invalid for this operation."],
  InvalidBlockList: [400, "The specified block list is invalid."],
  InvalidHeaderValue: [400, "The value for one of the HTTP headers is not in the correct format."],
  InvalidQueryParameterValue: [400, "Value for one of the query parameters specified in the request URI is invalid."],
  InvalidRange: [416, "The range specified is invalid for the current size of the resource."],
  InvalidResourceName: [400, "The specified resource name contains invalid characters."],
  InvalidXmlDocument: [400, "XML specified is not syntactically valid."],
  KeyBasedAuthenticationNotPermitted: [403, "Key based authentication is not permitted on this storage account."],
  LeaseAlreadyPresent: [409, "There is already a lease present."],
  LeaseIdMismatchWithBlobOperation: [412, "The lease ID specified did not match the lease ID for the blob."],
  LeaseIdMismatchWithContainerOperation: [412, "The lease ID specified did not match the lease ID for the container."],
  LeaseIdMismatchWithLeaseOperation: [
    409,
    "The lease ID specified did not match the lease ID for the resource with the specified lease operation.",
  ],
  LeaseIdMissing: [412, "There is currently a lease on the resource and no lease ID was specified in the request."],
  LeaseIsBrokenAndCannotBeRenewed: [
    409,
    "The lease ID matched, but the lease has been broken explicitly and cannot be renewed.",
  ],
  LeaseIsBreakingAndCannotBeAcquired: [
    409,
    "The lease ID matched, but the lease is currently in breaking state and cannot be acquired until it is broken.",
  ],
  LeaseLost: [412, "A lease ID was specified, but the lease for the resource has expired."],
  LeaseNotPresentWithLeaseOperation: [409, "There is currently no lease on the resource."],
  LeaseNotPresentWithBlobOperation: [412, "There is currently no lease on the blob."],
  MaxBlobSizeConditionNotMet: [412, "The max blob size condition specified was not met."],
  Md5Mismatch: [
    400,
    "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
  ],
  MessageNotFound: [404, "The specified message does not exist."],
  MessageTooLarge: [400, "The message exceeds the maximum allowed size."],
  MissingRequiredHeader: [400, "An HTTP header that's mandatory for this request is not specified."],
  NoAuthenticationInformation: [
    401,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
  ],
  NotImplemented: [501, "The requested operation is not emulated."],
  PopReceiptMismatch: [400, "The specified pop receipt did not match the pop receipt for a dequeued message."],
  PublicAccessNotPermitted: [409, "Public access is not permitted on this storage account."],
  QueueAlreadyExists: [409, "The specified queue already exists."],
  QueueNotFound: [404, "The specified queue does not exist."],
  RequestBodyTooLarge: [413, "The size of the request body exceeds the maximum size permitted."],
  ResourceNotFound: [404, "The specified resource does not exist."],
  UnsupportedHttpVerb: [405, "The resource doesn't support the specified HTTP verb."],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type StorageErrorCode = keyof typeof ERRORS;

/** A refusal as clients know it: status, code and text. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  /** Extra answer headers. */
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail appended to the documented text */
  constructor(code: StorageErrorCode, detail?: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail ? `${ERRORS[code][1]} ${detail}` : ERRORS[code][1]);
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return ERRORS[this.code][0];
  }
}
