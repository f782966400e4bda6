"""The errors Azure Files answers with: one table of codes, one exception."""

from xml.sax.saxutils import escape

# learn.microsoft.com/rest/api/storageservices/file-service-error-codes and .../common-rest-api-error-codes
CODES: dict[str, tuple[int, str]] = {
    "AuthenticationFailed": (403, "Server failed to authenticate the request."),
    "AuthorizationFailure": (403, "This request is not authorized to perform this operation."),
    "AuthorizationPermissionMismatch": (403, "The signature does not permit this operation."),
    "AuthorizationProtocolMismatch": (403, "The signature does not permit this protocol."),
    "AuthorizationResourceTypeMismatch": (403, "The signature does not permit this type of resource."),
    "AuthorizationServiceMismatch": (403, "The signature does not permit this service."),
    "ConditionHeadersNotSupported": (400, "Condition headers are not supported."),
    "DirectoryNotEmpty": (409, "The specified directory is not empty."),
    "InternalError": (500, "Server encountered an internal error. Please try again after some time."),
    "InvalidAuthenticationInfo": (401, "The authentication information was not provided in the correct format."),
    "InvalidHeaderValue": (400, "The value for one of the HTTP headers is not in the correct format."),
    "InvalidQueryParameterValue": (400, "The value for one of the query parameters is invalid."),
    "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
    "InvalidResourceName": (400, "The specified resource name contains invalid characters."),
    "Md5Mismatch": (400, "The MD5 value in the request did not match the MD5 value calculated by the server."),
    "MissingRequiredHeader": (400, "An HTTP header that's mandatory for this request is not specified."),
    "NotImplemented": (501, "The requested operation is not implemented by this emulator."),
    "OutOfRangeInput": (400, "One of the request inputs is out of range."),
    "ParentNotFound": (404, "The specified parent path does not exist."),
    "RequestBodyTooLarge": (413, "The request body is too large and exceeds the maximum permissible limit."),
    "ResourceAlreadyExists": (409, "The specified resource already exists."),
    "ResourceNotFound": (404, "The specified resource does not exist."),
    "ResourceTypeMismatch": (409, "The specified resource type does not match the type of the existing resource."),
    "ShareAlreadyExists": (409, "The specified share already exists."),
    "ShareNotFound": (404, "The specified share does not exist."),
    "UnsupportedHttpVerb": (405, "The resource doesn't support the specified HTTP verb."),
}


class FilesError(Exception):
    """A refusal: one of ``CODES``, and perhaps a ``detail`` for the caller."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.status, said = CODES[code]
        self.message = f"{said} {detail}".rstrip()
        super().__init__(self.message)

    @property
    def body(self) -> bytes:
        """The XML of the answer."""
        return ('<?xml version="1.0" encoding="utf-8"?>'
                f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message></Error>").encode()
