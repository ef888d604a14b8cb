"""ogcproc.models: the standard's documents, read and written."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from model_samples import (
    DESCRIPTION,
    JOB,
    LINK,
    METADATA,
    OUTPUT,
    PARAMETERS,
    REQUEST,
    SAMPLES,
    SUMMARY,
)

from ogcproc._http.headers import Headers
from ogcproc.errors import DocumentError
from ogcproc.models import (
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
from ogcproc.models.jobs import is_status_info
from ogcproc.models.names import Word

if TYPE_CHECKING:
    from pathlib import Path

KINDS = pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
DATACLASSES = pytest.mark.parametrize(
    "kind", [kind for kind in SAMPLES if kind is not JobResults], ids=lambda kind: kind.__name__
)
WORDS: list[type[Word]] = [
    JobStatus,
    JobType,
    JobControlOptions,
    TransmissionMode,
    ResponseType,
    DataType,
]
UTC = timezone.utc


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


# --- all documents ----------------------------------------------------------------------------


@KINDS
def test_a_document_is_written_as_it_was_sent(kind: type[Any]) -> None:
    sample = copy.deepcopy(SAMPLES[kind])
    document = kind.from_dict(sample)
    assert type(document) is kind
    assert document.to_dict() == SAMPLES[kind]
    assert sample == SAMPLES[kind]
    assert kind.from_dict(json.loads(json.dumps(document.to_dict()))) == document


@DATACLASSES
def test_a_document_that_may_change_is_read_alike(kind: type[Any]) -> None:
    assert kind._consume(copy.deepcopy(SAMPLES[kind])) == kind.from_dict(SAMPLES[kind])


@KINDS
def test_a_document_pickles_and_copies(kind: type[Any]) -> None:
    document = kind.from_dict(SAMPLES[kind])
    copies = [copy.copy(document), copy.deepcopy(document)]
    copies += [
        pickle.loads(pickle.dumps(document, protocol))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ]
    for again in copies:
        assert type(again) is kind
        assert again == document
        assert repr(again) == repr(document)
        assert again.to_dict() == document.to_dict()


@KINDS
def test_a_document_cannot_be_hashed(kind: type[Any]) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(kind.from_dict(SAMPLES[kind]))


@KINDS
def test_a_document_has_no_room_for_misspellings(kind: type[Any]) -> None:
    document = kind.from_dict(SAMPLES[kind])
    with pytest.raises(AttributeError):
        document.jobid = "a"


@DATACLASSES
def test_a_document_is_a_dataclass(kind: type[Any]) -> None:
    document = kind.from_dict(SAMPLES[kind])
    assert dataclasses.replace(document) == document
    names = [field.name for field in dataclasses.fields(document)]
    assert list(dataclasses.asdict(document)) == names
    other: Any = {ProcessRequest: {"x": 1}, Bbox: [1, 2, 3, 4]}.get(kind, "x")
    changed = dataclasses.replace(document, **{names[0]: other})
    assert changed != document


@KINDS
def test_the_repr_of_a_document_is_python_where_all_is_set_by_name(kind: type[Any]) -> None:
    document = kind.from_dict(SAMPLES[kind])
    shown = repr(document)
    assert "None" not in shown.replace("'b': None", "")
    if kind not in {JobInfo, JobList, JobResults}:  # timestamps and plain dicts show otherwise
        assert eval(shown, {kind.__name__: kind for kind in SAMPLES}) == document


@KINDS
@pytest.mark.parametrize("data", [None, 42, 1.5, True, [], [{}]])
def test_what_is_no_object_is_refused(kind: type[Any], data: Any) -> None:
    if kind is Schema and data is True:
        return
    with pytest.raises(DocumentError, match=r"^expected (an object|a schema .*), got "):
        kind.from_dict(data)


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind not in {JobInfo, Schema}])
def test_null_members_are_kept(kind: type[Any]) -> None:
    for name in SAMPLES[kind]:
        sample = {**SAMPLES[kind], name: None}
        try:
            document = kind.from_dict(sample)
        except DocumentError as error:
            assert str(error) in {  # noqa: PT017 - only those that must be there may complain
                f"expected a string, got None at {name}",
                f"expected an array of four or six numbers, got None at {name}",
            }
            assert name in {"href", "name", "id", "bbox"}
        else:
            written = document.to_dict()
            assert written == (sample if (kind, name) != (ProcessRequest, "inputs") else written)


def test_unknown_members_are_kept() -> None:
    link = Link.from_dict({"href": "a", "templated": False, "x": {"y": [None]}})
    assert link == Link("a", extra={"templated": False, "x": {"y": [None]}})
    assert link.to_dict() == {"href": "a", "templated": False, "x": {"y": [None]}}


def test_what_was_sent_empty_stays_and_what_was_not_sent_stays_away() -> None:
    empty: dict[str, Any] = {"id": "", "title": "", "keywords": [], "links": [], "inputs": {}}
    assert ProcessDescription.from_dict(empty).to_dict() == empty
    assert ProcessDescription.from_dict({"id": ""}).to_dict() == {"id": ""}
    bare = ProcessDescription.from_dict({"id": "a"})
    assert (bare.keywords, bare.links, bare.inputs, bare.extra) == ([], [], {}, {})


@pytest.mark.parametrize("sample", [SUMMARY, {**SUMMARY, "version": 1}])
def test_what_was_read_can_be_changed_and_what_was_sent_stays(sample: dict[str, Any]) -> None:
    sent = copy.deepcopy(sample)
    summary: Any = ProcessSummary.from_dict(sent)
    for name in "keywords", "jobControlOptions", "outputTransmission", "links":
        getattr(summary, name).clear()
    assert sent == sample


def test_a_subclass_gives_its_own() -> None:
    class MyLink(Link):
        pass

    class MyJob(JobInfo):
        pass

    class MySummary(ProcessSummary):
        pass

    assert type(MyLink.from_dict(LINK)) is MyLink
    assert type(MyJob.from_dict(JOB)) is MyJob
    assert type(MyJob.from_dict("a")) is MyJob
    assert type(MySummary.from_dict(SUMMARY)) is MySummary
    assert MyJob.from_dict(JOB).to_dict() == JOB


# --- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", WORDS)
def test_a_word_is_its_text(words: type[Word]) -> None:
    for word in words:
        assert word == word.value
        assert f"{word}" == str(word) == word.value
        assert type(str(word)) is str
        assert repr(word) == repr(word.value)
        assert json.dumps(word) == json.dumps(word.value)
        assert {word: 1}[word.value] == 1
        assert pickle.loads(pickle.dumps(word)) is word
        assert copy.deepcopy(word) is word


def test_the_words_are_the_standard_s() -> None:
    assert [[word.value for word in words] for words in WORDS] == [
        ["accepted", "running", "successful", "failed", "dismissed", "created"],
        ["process"],
        ["sync-execute", "async-execute", "dismiss"],
        ["value", "reference"],
        ["raw", "document"],
        ["array", "boolean", "integer", "null", "number", "object", "string"],
    ]


@pytest.mark.parametrize("data", [JOB, without(JOB, "message")])
def test_known_words_are_members(data: dict[str, Any]) -> None:
    job = JobInfo.from_dict(data)
    assert job.status is JobStatus.running
    assert job.status == "running"
    assert job.type is JobType.process


@pytest.mark.parametrize("data", [SUMMARY, {**SUMMARY, "version": 1}])
def test_known_words_of_a_process_are_members(data: dict[str, Any]) -> None:
    summary = ProcessSummary.from_dict(data)
    assert summary.jobControlOptions[0] is JobControlOptions.sync_execute
    assert summary.outputTransmission == [TransmissionMode.value, TransmissionMode.reference]
    assert summary.outputTransmission[1] is TransmissionMode.reference


def test_unknown_words_stay_texts() -> None:
    job = JobInfo.from_dict({**JOB, "status": "queued", "type": "openEO"})
    assert (job.status, type(job.status), job.type) == ("queued", str, "openEO")
    summary = ProcessSummary.from_dict(
        {**SUMMARY, "jobControlOptions": ["collect"], "outputTransmission": ["pigeon"]}
    )
    assert (summary.jobControlOptions, summary.outputTransmission) == (["collect"], ["pigeon"])
    assert ProcessRequest(response="other").response == "other"
    assert Output.from_dict({"transmissionMode": "pigeon"}).transmissionMode == "pigeon"


def test_words_of_a_request_are_members() -> None:
    assert ProcessRequest(response="raw").response is ResponseType.raw
    output = Output.from_dict({"transmissionMode": "reference"})
    assert output.transmissionMode is TransmissionMode.reference


# --- what cannot be read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (
            ProcessList,
            {"processes": [{"id": "a"}, "b", {"id": "c"}, {"id": True}]},
            "expected a string, got True at processes[3].id",
        ),
        (ProcessList, {"processes": [{}]}, "missing required member 'id' at processes[0]"),
        (ProcessList, {"processes": {}}, "expected an array, got {} at processes"),
        (ProcessList, {"processes": [1]}, "expected an object, got 1 at processes[0]"),
        (JobList, {"jobs": [JOB, {}]}, "missing required member 'jobID' at jobs[1]"),
        (JobList, {"jobs": [{"id": [7]}]}, "expected a string, got [7] at jobs[0].id"),
        (JobList, {"jobs": "abc"}, "expected an array, got 'abc' at jobs"),
        (
            JobInfo,
            {"jobID": None, "status": "failed"},
            "expected a string, got None at jobID",
        ),
        (Link, {"href": ""}, None),
        (Link, {"href": None}, "expected a string, got None at href"),
        (ConformanceDeclaration, {"conformsTo": "core"}, "expected an array, got 'core' at conf"),
        (Bbox, {}, "expected an array of four or six numbers, got None at bbox"),
        (Bbox, {"bbox": [1, 2, 3]}, "expected an array of four or six numbers, got [1, 2, 3] at"),
        (Bbox, {"bbox": [1, 2, 3, "4"]}, "expected a number, got '4' at bbox[3]"),
        (Bbox, {"bbox": [1, 2, True, 4]}, "expected a number, got True at bbox[2]"),
        (QualifiedValue, {"mediaType": "a/b"}, "missing required member 'value'"),
        (ProcessRequest, {"inputs": []}, "expected an object, got [] at inputs"),
        (Schema, 7, "expected a schema (an object or a boolean), got 7"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_path(
    kind: type[Any], data: Any, message: str | None
) -> None:
    before = json.dumps(data)
    if message is None:
        assert kind.from_dict(data).to_dict() == data
        return
    with pytest.raises(DocumentError) as caught:
        kind.from_dict(data)
    if message.endswith((" at", " at conf")):
        assert str(caught.value).startswith(message)
    else:
        assert str(caught.value) == message
    assert json.dumps(data) == before


# --- links and descriptions -------------------------------------------------------------------


def test_a_link_is_made_by_hand_as_it_is_read() -> None:
    made = Link("http://a.example/jobs/1", "self", "application/json", "en", "this document")
    assert made == Link.from_dict(LINK)
    assert made.to_dict() == LINK
    assert repr(Link("a", "self")) == "Link(href='a', rel='self')"
    assert Link.from_dict({"href": "a", "length": 7}) == Link("a", length=7)


@pytest.mark.parametrize(
    "data",
    [
        {"href": ""},
        {"href": "a", "rel": ""},
        {"href": "a", "rel": None},
        {"href": "a", "title": "", "x": ""},
        {"href": "a", "length": 1},
    ],
)
def test_an_odd_link_loses_nothing(data: dict[str, Any]) -> None:
    assert Link.from_dict(data).to_dict() == data


def test_metadata_is_a_link_or_a_value() -> None:
    metadata = Metadata.from_dict(METADATA)
    assert metadata == Metadata(
        "About", "documentation", "http://a.example/about", "en", {"any": ["thing"]}
    )
    assert Metadata.from_dict({"value": None}).to_dict() == {"value": None}


def test_additional_parameters_have_names_and_values() -> None:
    parameters = AdditionalParameters.from_dict(PARAMETERS)
    assert parameters == AdditionalParameters(
        "More",
        "cost",
        "http://a.example/cost",
        [AdditionalParameter("euro", [1, "a", {"b": 2}], {"unit": "EUR"})],
    )


def test_a_landing_page_has_links() -> None:
    page = Capabilities.from_dict(SAMPLES[Capabilities])
    assert page.links == [Link.from_dict(LINK)]
    assert page.attribution == "<b>us</b>"
    assert Capabilities.from_dict({}) == Capabilities()


def test_a_declaration_has_classes() -> None:
    declared = ConformanceDeclaration(["http://a/conf/core"])
    assert ConformanceDeclaration.from_dict({"conformsTo": ["http://a/conf/core"]}) == declared
    assert ConformanceDeclaration.from_dict({}).conformsTo == []


# --- values -----------------------------------------------------------------------------------


def test_a_schema_of_1_0_is_asked() -> None:
    document = {
        "type": "number",
        "title": "Width",
        "description": "In metres.",
        "format": "double",
        "default": 1.5,
        "enum": [1.5, 2],
        "minimum": 0,
        "exclusiveMinimum": True,
        "maximum": 9,
        "exclusiveMaximum": False,
        "nullable": True,
        "pattern": "^a",
        "contentMediaType": "text/plain",
        "contentEncoding": "base64",
    }
    schema = Schema.from_dict(document)
    assert schema.type == "number"
    assert schema.type == DataType.number
    assert (schema.title, schema.description, schema.format) == ("Width", "In metres.", "double")
    assert (schema.default, schema.enum, schema.pattern) == (1.5, [1.5, 2], "^a")
    assert (schema.minimum, schema.exclusiveMinimum) == (0, True)
    assert (schema.maximum, schema.exclusiveMaximum) == (9, False)
    assert (schema.contentMediaType, schema.contentEncoding) == ("text/plain", "base64")
    assert schema.nullable is True
    assert schema.document is document
    assert schema.to_dict() is document


def test_a_schema_of_2_0_is_asked() -> None:
    schema = Schema({"type": ["integer", "null"], "exclusiveMinimum": 0, "exclusiveMaximum": 9.5})
    assert schema.type == ["integer", "null"]
    assert (schema.exclusiveMinimum, schema.exclusiveMaximum) == (0, 9.5)
    assert schema.minimum is None
    assert schema.nullable is True


@pytest.mark.parametrize(
    ("document", "nullable"),
    [
        ({}, False),
        ({"type": "null"}, True),
        ({"type": "not-null"}, False),
        ({"type": ["string"]}, False),
        ({"type": 42}, False),
        ({"type": {"null": 1}}, False),
        ({"nullable": "true"}, False),
        (True, False),
    ],
)
def test_a_schema_says_whether_null_is_allowed(document: Any, nullable: bool) -> None:
    assert Schema(document).nullable is nullable


def test_a_schema_has_schemas_inside() -> None:
    schema = Schema(
        {
            "properties": {"a": {"type": "string"}, "b": False, "odd": 7},
            "required": ["a"],
            "items": {"type": "integer"},
            "oneOf": [{"type": "string"}, True, 7],
            "anyOf": [{"type": "number"}],
            "allOf": [{"minimum": 1}],
        }
    )
    with pytest.raises(DocumentError):
        Schema.from_dict(7)
    assert schema.properties == {"a": Schema({"type": "string"}), "b": Schema(False)}
    assert schema.required == ["a"]
    assert schema.items == Schema({"type": "integer"})
    assert [item.document for item in schema.oneOf[:2]] == [{"type": "string"}, True]
    assert schema.anyOf == [Schema({"type": "number"})]
    assert schema.allOf == [Schema({"minimum": 1})]
    assert Schema({"items": [{"type": "string"}]}).items is None


@pytest.mark.parametrize("document", [True, False, {}, {"properties": 1, "items": 1, "oneOf": 1}])
def test_a_schema_that_says_nothing_gives_nothing(document: Any) -> None:
    schema = Schema.from_dict(document)
    assert schema.to_dict() is document
    assert schema.properties == {}
    assert schema.items is None
    assert schema.oneOf == schema.anyOf == schema.allOf == []
    assert schema.type is schema.default is schema.enum is schema.get("$ref") is None


def test_a_schema_shows_its_document() -> None:
    assert repr(Schema(False)) == "Schema(document=False)"
    assert repr(Schema({})) == "Schema(document={})"


def test_a_bounding_box_has_four_or_six_numbers() -> None:
    assert Bbox((1, 2, 3, 4)).to_dict() == {"bbox": [1, 2, 3, 4]}
    assert Bbox([1, 2, 3, 4, 5, 6.5], "c").to_dict() == {"bbox": [1, 2, 3, 4, 5, 6.5], "crs": "c"}
    with pytest.raises(ValueError, match=r"^a bounding box has four or six numbers, not 5$"):
        Bbox([1, 2, 3, 4, 5])


def test_a_qualified_value_has_a_value_and_its_format() -> None:
    qualified = QualifiedValue.from_dict(SAMPLES[QualifiedValue])
    assert qualified == QualifiedValue({"a": 1}, "application/json", schema="s.json")
    assert QualifiedValue.from_dict({"value": False}).to_dict() == {"value": False}


def test_a_value_of_null_is_a_value() -> None:
    qualified = QualifiedValue.from_dict({"value": None, "mediaType": "a/b"})
    assert qualified.value is None
    assert qualified.to_dict() == {"value": None, "mediaType": "a/b"}
    qualified.value = 5
    assert qualified.to_dict() == {"value": 5, "mediaType": "a/b"}
    assert QualifiedValue(None).to_dict() == {"value": None}


@pytest.mark.parametrize("value", [b"a\xff", bytearray(b"a\xff"), memoryview(b"a\xff")])
def test_bytes_are_written_as_base64(value: Any) -> None:
    written = {"value": "Yf8=", "mediaType": "image/png", "encoding": "base64"}
    assert QualifiedValue(value, "image/png").to_dict() == written
    assert QualifiedValue(value, "image/png", "base64").to_dict() == written


@pytest.mark.parametrize(
    ("qualified", "plain"),
    [
        (QualifiedValue("Yf8=", "image/png", "base64"), b"a\xff"),
        (QualifiedValue("Yf8", "image/png", "base64"), "Yf8"),
        (QualifiedValue("ä", None, "base64"), "ä"),
        (QualifiedValue("Yf8=", "text/plain"), "Yf8="),
        (QualifiedValue(7, None, "base64"), 7),
    ],
)
def test_the_plain_value_is_bytes_where_it_is_base64(qualified: QualifiedValue, plain: Any) -> None:
    assert qualified.plain == plain


def test_a_format_has_a_media_type() -> None:
    assert Format.from_dict(SAMPLES[Format]) == Format("text/csv", "base64", {"type": "string"})


# --- processes --------------------------------------------------------------------------------


def test_a_description_has_inputs_and_outputs() -> None:
    process = ProcessDescription.from_dict(DESCRIPTION)
    assert list(process.inputs) == ["what", "odd name"]
    assert type(process.inputs["what"]) is InputDescription
    assert type(process.outputs["lines"]) is OutputDescription
    assert process.inputs["odd name"] == InputDescription(
        Schema(True), extra={"valuePassing": ["byValue"]}
    )
    assert process.inputs["what"] != process.outputs["lines"]
    assert process.mutable is False
    assert process.metadata == [Metadata.from_dict(METADATA)]


def test_a_description_is_made_by_hand_as_it_is_read() -> None:
    made = ProcessDescription("a", title="A", inputs={"x": InputDescription(Schema({}))})
    assert made.to_dict() == {"id": "a", "title": "A", "inputs": {"x": {"schema": {}}}}
    assert ProcessDescription.from_dict(made.to_dict()) == made


@pytest.mark.parametrize(
    ("occurs", "required", "multiple"),
    [
        ({}, True, False),
        ({"minOccurs": 0}, False, False),
        ({"minOccurs": "0", "maxOccurs": "1"}, False, False),
        ({"minOccurs": 2, "maxOccurs": 5}, True, True),
        ({"maxOccurs": "unbounded"}, True, True),
        ({"maxOccurs": "3"}, True, True),
    ],
)
def test_occurrences_are_numbers_or_texts(
    occurs: dict[str, Any], required: bool, multiple: bool
) -> None:
    description = InputDescription.from_dict(occurs)
    assert description.is_required is required
    assert description.is_multiple is multiple
    assert description.to_dict() == occurs


@pytest.mark.parametrize("metadata", [{"key": "value"}, {}, "text", 7, None, False])
def test_metadata_that_is_no_array_is_kept(metadata: Any) -> None:
    for kind, sample in (
        (ProcessSummary, SUMMARY),
        (ProcessDescription, DESCRIPTION),
        (OutputDescription, OUTPUT),
    ):
        document = kind.from_dict({**sample, "metadata": metadata})
        assert document.metadata == []
        assert document.extra["metadata"] == metadata
        assert document.to_dict() == {**sample, "metadata": metadata}


@pytest.mark.parametrize(("sent", "version"), [(1, "1"), (1.5, "1.5"), (0, "0")])
def test_a_version_sent_as_a_number_is_read_as_text_and_kept(sent: float, version: str) -> None:
    for kind in ProcessSummary, ProcessDescription:
        process = kind.from_dict({"id": "a", "version": sent})
        assert process.version == version
        written = process.to_dict()
        assert written == {"id": "a", "version": sent}
        assert type(written["version"]) is type(sent)
        process.version = "2"
        assert process.to_dict() == {"id": "a", "version": "2"}


def test_a_version_of_none_in_letters_is_a_text() -> None:
    assert ProcessSummary("a", "None").to_dict() == {"id": "a", "version": "None"}


def test_a_bare_id_is_a_process() -> None:
    page = ProcessList.from_dict({"processes": ["a", SUMMARY]})
    assert page.processes == [ProcessSummary("a"), ProcessSummary.from_dict(SUMMARY)]
    assert page.entries is page.processes
    assert page.to_dict() == {"processes": [{"id": "a"}, SUMMARY]}


@pytest.mark.parametrize("member", list(SUMMARY))
def test_a_summary_without_a_member_is_read_as_well(member: str) -> None:
    data = {**without(SUMMARY, member), "extra": 1}
    if member == "id":
        with pytest.raises(DocumentError, match=r"^missing required member 'id'$"):
            ProcessSummary.from_dict(data)
    else:
        assert ProcessSummary.from_dict(data).to_dict() == data


# --- requests ---------------------------------------------------------------------------------


def test_a_request_holds_plain_values_and_writes_them_as_the_standard_says() -> None:
    request = ProcessRequest(
        inputs={
            "text": "a",
            "numbers": (1, 2.5),
            "object": {"a": 1},
            "link": Link("http://a.example/dem.tif"),
            "area": Bbox([1, 2, 3, 4]),
        },
        outputs={
            "lines": Output(Format("image/png"), TransmissionMode.reference),
            "rest": None,
        },
        response="document",
        subscriber={"successUri": "http://b.example/done"},
    )
    bare = {**REQUEST, "inputs": {**REQUEST["inputs"], "object": {"a": 1}}}
    assert request.to_dict() == bare
    assert json.loads(json.dumps(request.to_dict(wrap_objects=True))) == REQUEST


def test_a_request_for_nothing_has_inputs_all_the_same() -> None:
    assert ProcessRequest().to_dict() == {"inputs": {}}
    assert ProcessRequest.from_dict({}) == ProcessRequest()
    assert ProcessRequest.from_dict({"inputs": None}).to_dict() == {"inputs": {}}


def test_outputs_left_out_differ_from_none_of_them() -> None:
    assert ProcessRequest().outputs is None
    assert "outputs" not in ProcessRequest({}).to_dict()
    assert ProcessRequest({}, {}).to_dict() == {"inputs": {}, "outputs": {}}
    assert ProcessRequest({}, []).to_dict() == {"inputs": {}, "outputs": {}}
    assert ProcessRequest.from_dict({"outputs": {}}).outputs == {}
    assert ProcessRequest.from_dict({"outputs": None}).outputs is None
    assert ProcessRequest.from_dict({}).outputs is None
    assert ProcessRequest({}) != ProcessRequest({}, {})


@pytest.mark.parametrize("names", [["a", "b"], ("a", "b"), {"a": {}, "b": None}])
def test_outputs_are_asked_for_by_name(names: Any) -> None:
    request = ProcessRequest(outputs=names)
    assert request.outputs == {"a": Output(), "b": Output()}
    assert request.to_dict()["outputs"] == {"a": {}, "b": {}}


def test_one_text_is_no_list_of_outputs() -> None:
    with pytest.raises(TypeError) as caught:
        ProcessRequest(outputs="final")
    message = "outputs is a mapping or a list of names, not the text 'final'"
    assert str(caught.value) == message


def test_outputs_are_asked_for_by_dict() -> None:
    request = ProcessRequest(outputs={"a": {"transmissionMode": "reference"}})
    assert request.outputs == {"a": Output(transmissionMode="reference")}


def test_a_subscriber_is_a_document_or_a_dict() -> None:
    subscriber = Subscriber("http://b/s", "http://b/p", "http://b/f")
    assert ProcessRequest(subscriber=subscriber).subscriber is subscriber
    request = ProcessRequest(subscriber=subscriber.to_dict())
    assert request.subscriber == subscriber


def test_a_wrong_input_names_itself(tmp_path: Path) -> None:
    with pytest.raises(TypeError) as caught:
        ProcessRequest({"good": 1, "bad": {"a": {1}}}).to_dict()
    assert str(caught.value) == "input 'bad': cannot write a set into a request: {1}"
    path = tmp_path / "a.json"
    path.write_text("{")
    with pytest.raises(ValueError, match=r"^input 'bad': .*a\.json holds no JSON: Expecting"):
        ProcessRequest({"bad": path}).to_dict()


def test_inputs_are_a_mapping() -> None:
    inputs: Any = ["a"]
    with pytest.raises(TypeError) as caught:
        ProcessRequest(inputs)
    assert str(caught.value) == "inputs must be a mapping, not list"


def test_names_of_inputs_are_texts() -> None:
    inputs: Any = {1: 2}
    assert ProcessRequest(inputs).to_dict() == {"inputs": {"1": 2}}


def test_members_of_a_request_that_nobody_knows_are_sent() -> None:
    assert ProcessRequest({"a": 1}, extra={"mode": "async", "inputs": None}).to_dict() == {
        "inputs": {"a": 1},
        "mode": "async",
    }


# --- errors -----------------------------------------------------------------------------------


def test_a_problem_is_read_as_far_as_it_can_be() -> None:
    data = {"type": 7, "title": "No", "status": "404", "detail": ["a", "b"], "instance": None}
    problem = ApiError.from_dict(data)
    assert problem == ApiError(title="No", extra=without(data, "title"))
    assert problem.to_dict() == data
    assert ApiError.from_dict({"status": True}).status is None
    assert ApiError.from_dict({"status": 404}).status == 404


# --- jobs -------------------------------------------------------------------------------------


def test_a_complete_job_is_read() -> None:
    job = JobInfo.from_dict(JOB)
    assert job == JobInfo(
        "job-1",
        JobStatus.running,
        "buffer",
        JobType.process,
        "half way",
        50,
        datetime(2024, 2, 29, 10, tzinfo=UTC),
        datetime(2024, 2, 29, 10, 0, 1, 500_000, tzinfo=UTC),
        datetime(2024, 2, 29, 10, 0, 2, 123_000, tzinfo=UTC),
        datetime(2024, 2, 29, 10, 0, 2, 123_456, tzinfo=UTC),
        [Link.from_dict(LINK), Link("/jobs/1/results", "results")],
    )
    assert job.results is None
    assert job.finished is not None
    assert job.finished.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("member", list(JOB))
def test_a_job_without_a_member_is_read_as_well(member: str) -> None:
    for data in without(JOB, member), {**without(JOB, member), "other": 1}:
        if member == "jobID":
            with pytest.raises(DocumentError, match=r"^missing required member 'jobID'$"):
                JobInfo.from_dict(data)
        else:
            job = JobInfo.from_dict(data)
            assert not getattr(job, member)
            assert job.to_dict() == data


@pytest.mark.parametrize("member", list(JOB)[1:])
def test_a_job_with_a_null_member_is_read_as_well(member: str) -> None:
    data = {**JOB, member: None}
    job = JobInfo.from_dict(data)
    assert not getattr(job, member)
    assert job.to_dict() == data


def test_a_job_s_id_is_read_from_either_member_and_written_as_it_was() -> None:
    one = JobInfo.from_dict({"jobID": "a", "status": "failed"})
    two = JobInfo.from_dict({"id": "a", "status": "failed"})
    both = JobInfo.from_dict({"jobID": "a", "id": "b"})
    null = JobInfo.from_dict({"jobID": None, "id": "a"})
    assert one == two
    assert one.to_dict() == {"jobID": "a", "status": "failed"}
    assert two.to_dict() == {"id": "a", "status": "failed"}
    assert pickle.loads(pickle.dumps(two)).to_dict() == two.to_dict()
    assert (both.jobID, both.to_dict()) == ("a", {"jobID": "a", "id": "b"})
    assert (null.jobID, null.to_dict()) == ("a", {"jobID": None, "id": "a"})
    assert JobInfo("a").to_dict() == {"jobID": "a"}


def test_a_bare_id_is_a_job() -> None:
    page = JobList.from_dict({"jobs": ["a", JOB], "total": 2})
    assert page.jobs == [JobInfo("a"), JobInfo.from_dict(JOB)]
    assert page.jobs[0].status == ""
    assert page.jobs[0].is_finished is False
    assert page.entries is page.jobs
    assert page.to_dict() == {"jobs": [{"jobID": "a"}, JOB], "total": 2}


def test_a_page_is_a_sequence_of_its_entries() -> None:
    first, second = ProcessSummary("a", "1"), ProcessSummary("b", "1")
    page = ProcessList([first, second])
    assert list(page) == [first, second]
    assert len(page) == 2
    assert page[1] is second
    assert page[-2:] == [first, second]
    assert not ProcessList([])


def test_a_page_that_may_change_is_read_in_place() -> None:
    data: dict[str, Any] = {"jobs": [dict(JOB)]}
    jobs = data["jobs"]
    assert JobList._consume(data).jobs is jobs
    assert type(jobs[0]) is JobInfo
    assert JobList.from_dict({"jobs": [JOB]}).jobs is not jobs


@pytest.mark.parametrize("status", ["", "queued", "RUNNING", "Running"])
def test_a_status_stays_as_it_was_sent(status: str) -> None:
    for data in {**JOB, "status": status}, {"jobID": "a", "status": status}:
        job = JobInfo.from_dict(data)
        assert (job.status, type(job.status)) == (status, str)
        assert job.to_dict() == data


SPELLINGS = [
    "2024-02-29T10:00:00Z",
    "2024-02-29T10:00:00+00:00",
    "2024-02-29T10:00:00",
    "2024-02-29T10:00:00.000Z",
    "2024-02-29T10:00:00.000000",
    "2024-02-29T10:00:00.000000000Z",
    "2024-02-29 10:00:00",
    "2024-02-29t10:00:00z",
    "2024-02-29T12:00:00+0200",
]


@pytest.mark.parametrize("member", ["created", "started", "finished", "updated"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_time_is_read_in_every_spelling_and_written_as_it_was(member: str, spelling: str) -> None:
    for data in {**JOB, member: spelling}, {"id": "a", member: spelling}:
        job = JobInfo.from_dict(data)
        read = getattr(job, member)
        assert read == datetime(2024, 2, 29, 10, tzinfo=UTC)
        assert read.tzinfo is not None
        assert job.to_dict() == data
        assert copy.copy(job).to_dict() == data


@pytest.mark.parametrize("member", ["created", "started", "finished", "updated"])
@pytest.mark.parametrize("garbage", ["", "soon", "2024-02-30T10:00:00Z", 1709201100, [], {}, True])
def test_a_time_that_cannot_be_read_is_none_and_kept(member: str, garbage: Any) -> None:
    for data in {**JOB, member: garbage}, {"id": "a", member: garbage}:
        job = JobInfo.from_dict(data)
        assert getattr(job, member) is None
        assert job.extra == {member: garbage}
        assert job.to_dict() == data


def test_a_time_that_was_changed_is_written_anew() -> None:
    job = JobInfo.from_dict({**JOB, "updated": "soon"})
    job.created = datetime(2025, 1, 1, tzinfo=UTC)
    job.started = None
    job.updated = datetime(2025, 1, 2)  # noqa: DTZ001 - one without a zone is UTC
    written = job.to_dict()
    assert written["created"] == "2025-01-01T00:00:00Z"
    assert "started" not in written
    assert written["finished"] == JOB["finished"]
    assert written["updated"] == "2025-01-02T00:00:00Z"


@pytest.mark.parametrize(("sent", "progress"), [(0, 0), (100, 100), (15.51, 15.51)])
def test_progress_is_a_number(sent: float, progress: float) -> None:
    job = JobInfo.from_dict({**JOB, "progress": sent})
    assert job.progress == progress
    assert job.to_dict() == {**JOB, "progress": sent}


@pytest.mark.parametrize("sent", [True, False, "50", "50%", [50], {}])
def test_progress_that_is_no_number_is_none_and_kept(sent: Any) -> None:
    job = JobInfo.from_dict({**JOB, "progress": sent})
    assert job.progress is None
    assert job.extra == {"progress": sent}
    assert job.to_dict()["progress"] is sent


def test_what_2_0_added_is_within_reach() -> None:
    job = JobInfo.from_dict(
        {
            "id": "a",
            "status": "failed",
            "processingEntityType": "ogc-api-processes",
            "exception": {"type": "about:blank", "title": "Out of luck", "code": 7},
        }
    )
    assert job.processingEntityType == "ogc-api-processes"
    assert job.exception == ApiError("about:blank", "Out of luck", extra={"code": 7})
    plain = JobInfo.from_dict({"id": "a", "exception": "no", "processingEntityType": 7})
    assert plain.exception is None
    assert plain.processingEntityType is None
    assert JobInfo("a").exception is None


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("successful", "successful"),
        ("succeeded", "successful"),
        ("finished", "successful"),
        ("failed", "failed"),
        ("error", "failed"),
        ("dismissed", "dismissed"),
        ("canceled", "dismissed"),
        ("cancelled", "dismissed"),
        ("accepted", None),
        ("running", None),
        ("created", None),
        ("queued", None),
        ("", None),
        ("sunny", None),
        # field.md 16: words without case, and those of Copernicus CDS and UP42.
        ("Successful", "successful"),
        ("SUCCEEDED", "successful"),
        ("rejected", "failed"),
        ("Dismissed", "dismissed"),
        ("Running", None),
    ],
)
def test_the_ends_of_a_job_are_told_from_the_rest(status: str, end: str | None) -> None:
    job = JobInfo.from_dict({"id": "a", "status": status})
    assert job.is_finished is (end is not None)
    assert job.is_successful is (end == "successful")
    assert job.is_failed is (end == "failed")
    assert job.is_dismissed is (end == "dismissed")


@pytest.mark.parametrize(
    ("data", "is_status"),
    [
        (JOB, True),
        ({"jobID": "a", "status": "what"}, True),
        ({"id": "a", "status": "running"}, True),
        ({"id": "a", "status": "queued"}, True),
        ({"id": "a", "status": "error"}, True),
        ({"id": "a", "status": "sunny"}, False),
        ({"id": 1, "status": "Running"}, True),
        ({"id": True, "status": "running"}, False),
        ({"status": "running"}, False),
        ({"jobID": "a"}, False),
        ({"jobID": "a", "status": 404}, False),
        (["a"], False),
        (None, False),
    ],
)
def test_a_status_is_told_from_other_json(data: Any, is_status: bool) -> None:
    assert is_status_info(data) is is_status


def test_a_job_shows_what_is_set() -> None:
    assert repr(JobInfo("a")) == "JobInfo(jobID='a', status='')"
    job = JobInfo.from_dict({"id": "a", "status": "failed", "progress": 0, "links": []})
    assert repr(job) == "JobInfo(jobID='a', status='failed', progress=0)"


def test_a_job_carries_results_that_are_no_member() -> None:
    job = JobInfo("a", "successful", results=JobResults({"final": 1}))
    assert job.to_dict() == {"jobID": "a", "status": "successful"}
    assert job != JobInfo("a", "successful")
    assert pickle.loads(pickle.dumps(job)).results == {"final": 1}
    assert repr(job).endswith(", results={'final': 1})")


# --- results ----------------------------------------------------------------------------------


def test_results_are_a_mapping() -> None:
    results = JobResults({"a": 1, "b": [2]})
    assert results["b"] == [2]
    assert list(results) == ["a", "b"]
    assert len(results) == 2
    assert "a" in results
    assert results == {"a": 1, "b": [2]}
    assert results != {"a": 1}
    assert results.get("c") is None
    assert repr(results) == "{'a': 1, 'b': [2]}"
    with pytest.raises(KeyError, match="c"):
        results["c"]


def test_results_know_where_they_came_from() -> None:
    headers = Headers([("Content-Type", "application/json")])
    results = JobResults({"a": 1}, status=200, headers=headers, body=b'{"a": 1}')
    for again in results, copy.deepcopy(results), pickle.loads(pickle.dumps(results)):
        assert (again.status, again.headers, again.body) == (200, headers, b'{"a": 1}')
    assert JobResults({}).headers == {}


def test_values_of_results_are_told_apart() -> None:
    results = JobResults.from_dict(
        {
            "bare": 3.5,
            "none": None,
            "text": {"value": "a,b", "mediaType": "text/csv"},
            "old": {"value": 1, "format": {"mediaType": "text/plain"}},
            "file": {"href": "http://a.example/1.tif", "type": "image/tiff"},
            "other": {"href": "http://a.example/1.tif", "mediaType": "image/tiff"},
            "many": [{"href": "a"}, {"value": 1}, 2],
        }
    )
    assert dict(results) == {
        "bare": 3.5,
        "none": None,
        "text": QualifiedValue("a,b", "text/csv"),
        "old": QualifiedValue(1, "text/plain", extra={"format": {"mediaType": "text/plain"}}),
        "file": Link("http://a.example/1.tif", type="image/tiff"),
        "other": Link(
            "http://a.example/1.tif", type="image/tiff", extra={"mediaType": "image/tiff"}
        ),
        "many": [Link("a"), QualifiedValue(1), 2],
    }


@pytest.mark.parametrize(
    "value",
    [
        {"id": "echo", "value": "Hello"},
        {"value": 1, "unit": "m"},
        {"value": 1, "mediaType": 7},
        {"href": 7},
        {"href": "a", "width": 7},
        {"href": "a", "length": "7"},
        [[{"href": "a"}]],
        {"a": {"href": "b"}},
    ],
)
def test_a_value_that_is_not_clearly_more_stays_as_it_was_sent(value: Any) -> None:
    results = JobResults.from_dict({"a": value})
    assert results["a"] == value
    assert results.to_dict() == {"a": value}


@pytest.mark.parametrize(
    "asset",
    [
        {"href": "http://a.example/1.tif", "type": "image/tiff"},
        {"href": "http://a.example/1.tif", "file:size": 7},
    ],
)
def test_a_file_in_a_value_is_a_link(asset: dict[str, Any]) -> None:
    assert JobResults.from_dict({"a": {"value": asset}})["a"] == Link.from_dict(asset)


@pytest.mark.parametrize(
    "value",
    [{"href": "a.tif", "type": "image/tiff"}, {"href": "http://a.example/1.tif", "width": 7}],
)
def test_an_object_in_a_value_is_not_taken_for_a_file(value: dict[str, Any]) -> None:
    results = JobResults.from_dict({"a": {"value": value}})
    assert results["a"] == QualifiedValue(value)
    assert results.to_dict() == {"a": {"value": value}}


POINT = {"type": "Point", "coordinates": [7.1, 50.7]}


def test_a_value_that_is_geojson_says_so() -> None:
    assert QualifiedValue(POINT).__geo_interface__ == POINT
    odd = {"type": "Topology"}
    assert QualifiedValue(odd, "application/geo+json").__geo_interface__ == odd
    for none in QualifiedValue(odd), QualifiedValue("a", "text/plain"):
        assert not hasattr(none, "__geo_interface__")
    with pytest.raises(AttributeError, match=r"^no GeoJSON: text/plain$"):
        _ = QualifiedValue("a", "text/plain").__geo_interface__


def test_results_of_which_one_is_geojson_say_so() -> None:
    assert JobResults({"a": POINT, "b": 1}).__geo_interface__ == POINT
    assert JobResults({"a": QualifiedValue(POINT), "b": {}}).__geo_interface__ == POINT
    for none in JobResults({"a": 1}), JobResults({"a": POINT, "b": POINT}):
        assert not hasattr(none, "__geo_interface__")
    with pytest.raises(AttributeError, match=r"^2 outputs are GeoJSON, not one$"):
        _ = JobResults({"a": POINT, "b": POINT}).__geo_interface__


def test_bytes_among_results_are_written_as_base64() -> None:
    assert JobResults({"a": b"\0", "b": QualifiedValue(b"\0", "image/png")}).to_dict() == {
        "a": "AA==",
        "b": {"value": "AA==", "encoding": "base64", "mediaType": "image/png"},
    }
