"""A small, careful client for servers that speak OGC API - Processes, on urllib3 alone.

    from ogcproc import Client, ProcessRequest

    client = Client(api_url="http://127.0.0.1:8008")
    client.get_processes()
    client.get_process(process_id="first_workflow")
    client.execute_process("first_workflow", ProcessRequest(inputs={"id": "sup"}))
    client.get_job("job_0")
    client.get_job_results("job_0")              # {'final': 'supsup'}
    client.dismiss_job("job_0")

Importing this package does no work: urllib3 is imported when the first client is made.
"""

from ._version import __version__
from .auth import ApiKeyAuth, BasicAuth, BearerAuth, NetrcAuth
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .auth import (
        CommandToken,
        EnvironmentToken,
        FileToken,
        OAuth2ClientCredentials,
        OAuth2DeviceCode,
        OAuth2Password,
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

# To a type checker, this would make every name a name of this module.
if not TYPE_CHECKING:  # pragma: no branch - a type checker runs nothing

    def __getattr__(name: str) -> object:
        """Return one of the credentials that are imported when first asked for."""
        from . import auth  # noqa: PLC0415 - the submodule, and no name of this module

        if name not in auth.ELSEWHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(auth, name)
