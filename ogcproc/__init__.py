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
    from .auth import (
        ApiKeyAuth,
        BasicAuth,
        BearerAuth,
        CommandToken,
        EnvironmentToken,
        FileToken,
        NetrcAuth,
        OAuth2ClientCredentials,
        OAuth2DeviceCode,
        OAuth2Password,
    )
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

__version__ = "0.1.0"

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

#: The modules that define the public names.
SOURCES = ("errors", "models", "auth", "client", "_types")

# To a type checker, this would make every name a name of this module.
if not TYPE_CHECKING:  # pragma: no branch - a type checker runs nothing

    def __getattr__(name: str) -> object:
        """Return a public name; the module that defines it is imported when it is first used."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - importing does no work

        modules = (import_module(f".{source}", __name__) for source in SOURCES)
        module = next(module for module in modules if name in module.__all__)
        return globals().setdefault(name, getattr(module, name))

    def __dir__() -> list[str]:
        """Return the module's names, those that were not used yet included."""
        return sorted({*globals(), *__all__})
