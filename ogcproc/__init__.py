"""A small, careful client for servers that speak OGC API - Processes, on urllib3 alone.

    from ogcproc import Client, ProcessRequest

    client = Client(api_url="http://127.0.0.1:8008")
    client.get_processes()
    client.get_process(process_id="first_workflow")
    client.execute_process("first_workflow", ProcessRequest(inputs={"id": "sup"}))
    client.get_job("job_0")
    client.get_job_results("job_0")              # {'final': 'supsup'}
    client.dismiss_job("job_0")

Importing this package does no work: each name is imported when it is first used.
"""

TYPE_CHECKING = False  # importing typing would take longer than all the rest
if TYPE_CHECKING:
    from ._types import Outcome
    from .auth.basic import ApiKeyAuth, BasicAuth, BearerAuth
    from .auth.netrc import NetrcAuth
    from .auth.oauth2 import OAuth2ClientCredentials, OAuth2DeviceCode, OAuth2Password
    from .auth.tokens import CommandToken, EnvironmentToken, FileToken
    from .client import Client
    from .errors import (
        DocumentError,
        Forbidden,
        InsecureWarning,
        JobDismissed,
        JobError,
        JobFailed,
        NoSuchJob,
        NoSuchOutput,
        NoSuchProcess,
        OgcProcError,
        RateLimited,
        ResponseTooLarge,
        ResultNotAvailable,
        ResultNotReady,
        ServiceError,
        SubmissionUncertain,
        TransportError,
        TransportTimeout,
        Unauthorized,
        UnsafeRedirect,
        WaitTimeout,
    )
    from .models import (
        AdditionalParameter,
        AdditionalParameters,
        ApiError,
        Bbox,
        Capabilities,
        ConformanceDeclaration,
        DataType,
        Format,
        InputDescription,
        JobControlOptions,
        JobInfo,
        JobList,
        JobResults,
        JobStatus,
        JobType,
        Link,
        Metadata,
        Output,
        OutputDescription,
        ProcessDescription,
        ProcessList,
        ProcessRequest,
        ProcessSummary,
        QualifiedValue,
        ResponseType,
        Schema,
        Subscriber,
        TransmissionMode,
    )

    __all__ = [
        "AdditionalParameter",
        "AdditionalParameters",
        "ApiError",
        "ApiKeyAuth",
        "BasicAuth",
        "Bbox",
        "BearerAuth",
        "Capabilities",
        "Client",
        "CommandToken",
        "ConformanceDeclaration",
        "DataType",
        "DocumentError",
        "EnvironmentToken",
        "FileToken",
        "Forbidden",
        "Format",
        "InputDescription",
        "InsecureWarning",
        "JobControlOptions",
        "JobDismissed",
        "JobError",
        "JobFailed",
        "JobInfo",
        "JobList",
        "JobResults",
        "JobStatus",
        "JobType",
        "Link",
        "Metadata",
        "NetrcAuth",
        "NoSuchJob",
        "NoSuchOutput",
        "NoSuchProcess",
        "OAuth2ClientCredentials",
        "OAuth2DeviceCode",
        "OAuth2Password",
        "OgcProcError",
        "Outcome",
        "Output",
        "OutputDescription",
        "ProcessDescription",
        "ProcessList",
        "ProcessRequest",
        "ProcessSummary",
        "QualifiedValue",
        "RateLimited",
        "ResponseTooLarge",
        "ResponseType",
        "ResultNotAvailable",
        "ResultNotReady",
        "Schema",
        "ServiceError",
        "SubmissionUncertain",
        "Subscriber",
        "TransmissionMode",
        "TransportError",
        "TransportTimeout",
        "Unauthorized",
        "UnsafeRedirect",
        "WaitTimeout",
        "__version__",
    ]

__version__ = "0.1.0"

#: The public names that each module defines.
NAMES = {
    "_types": ("Outcome",),
    "auth.basic": (
        "ApiKeyAuth",
        "BasicAuth",
        "BearerAuth",
    ),
    "auth.netrc": ("NetrcAuth",),
    "auth.oauth2": (
        "OAuth2ClientCredentials",
        "OAuth2DeviceCode",
        "OAuth2Password",
    ),
    "auth.tokens": (
        "CommandToken",
        "EnvironmentToken",
        "FileToken",
    ),
    "client": ("Client",),
    "errors": (
        "DocumentError",
        "Forbidden",
        "InsecureWarning",
        "JobDismissed",
        "JobError",
        "JobFailed",
        "NoSuchJob",
        "NoSuchOutput",
        "NoSuchProcess",
        "OgcProcError",
        "RateLimited",
        "ResponseTooLarge",
        "ResultNotAvailable",
        "ResultNotReady",
        "ServiceError",
        "SubmissionUncertain",
        "TransportError",
        "TransportTimeout",
        "Unauthorized",
        "UnsafeRedirect",
        "WaitTimeout",
    ),
    "models": (
        "AdditionalParameter",
        "AdditionalParameters",
        "ApiError",
        "Bbox",
        "Capabilities",
        "ConformanceDeclaration",
        "DataType",
        "Format",
        "InputDescription",
        "JobControlOptions",
        "JobInfo",
        "JobList",
        "JobResults",
        "JobStatus",
        "JobType",
        "Link",
        "Metadata",
        "Output",
        "OutputDescription",
        "ProcessDescription",
        "ProcessList",
        "ProcessRequest",
        "ProcessSummary",
        "QualifiedValue",
        "ResponseType",
        "Schema",
        "Subscriber",
        "TransmissionMode",
    ),
}

# A type checker would take this for a definition of every name.
if not TYPE_CHECKING:  # pragma: no branch - a type checker runs nothing

    def __getattr__(name: str) -> object:
        """Return a public name; the module that defines it is imported when it is first used."""
        from .errors import lazy_name, present_names  # noqa: PLC0415 - importing does no work

        if name == "__all__":
            return [*present_names(NAMES, __name__), "__version__"]
        return lazy_name(name, NAMES, globals())

    def __dir__() -> list[str]:
        """Return the module's names, also those that were not used yet."""
        return sorted({*globals(), *__getattr__("__all__")})
