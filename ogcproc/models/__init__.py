"""The standard's documents as dataclasses.

``from_dict`` reads what a server sent, ``to_dict`` writes what a server reads, and nothing is
lost between the two.

Attributes carry the standard's own spelling. ``extra`` holds the members that no attribute
carries, because they are unknown, null or unreadable. A word that the standard does not know stays
plain text. An array that was not sent is an empty list, an object that was not sent an empty dict,
and anything else that was not sent is None.
"""

from .common import (
    AdditionalParameter,
    AdditionalParameters,
    ApiError,
    Capabilities,
    ConformanceDeclaration,
    Link,
    Metadata,
)
from .descriptions import InputDescription, OutputDescription, ProcessSummary
from .jobs import JobInfo
from .lists import JobList, ProcessDescription, ProcessList
from .names import (
    DataType,
    JobControlOptions,
    JobStatus,
    JobType,
    ResponseType,
    TransmissionMode,
)
from .requests import Output, ProcessRequest, Subscriber
from .values import Bbox, Format, JobResults, QualifiedValue, Schema

__all__ = [
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
]
