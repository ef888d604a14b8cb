"""The standard's documents as dataclasses.

``from_dict`` reads what a server sent, ``to_dict`` writes what a server reads, and nothing is
lost between the two.

Attributes carry the standard's own spelling. A member that no attribute carries (unknown, null,
or unreadable) is kept in ``extra``. A word that the standard does not know stays plain text. An
array that was not sent is an empty list, an object that was not sent an empty dict, and anything
else that was not sent is None.
"""

from .descriptions import InputDescription, OutputDescription, ProcessSummary
from .jobs import JobInfo
from .landing import Capabilities, ConformanceDeclaration
from .links import AdditionalParameter, AdditionalParameters, Link, Metadata
from .lists import JobList, ProcessList
from .problems import ApiError
from .processes import ProcessDescription
from .requests import Output, ProcessRequest, Subscriber
from .results import JobResults
from .values import Bbox, Format, QualifiedValue, Schema
from .words import (
    DataType,
    JobControlOptions,
    JobStatus,
    JobType,
    ResponseType,
    TransmissionMode,
)

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
