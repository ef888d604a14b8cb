"""Results as files in a directory, with a manifest that says what came from where."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from hashlib import sha256

from .._http.answer import CHUNK
from .._http.headers import Headers, MediaType
from .._locks import open_alone, renamed
from ..errors import NoSuchOutput, OgcProcError, ResponseTooLarge
from ..models import JobInfo, JobResults, Link, QualifiedValue
from ..models._encode import encode_json
from .download import Saved, download, part_of, shown
from .filenames import MANIFEST, Names, file_name, safe_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from .._http.answer import Answer, Stream
    from .._resources import Resources
    from .._types import ResultFile
    from .download import Open

__all__ = ["Folder", "Laid", "content_of", "is_only", "named"]

VERSION = 1
#: The largest answer that is read into memory to look at it, in bytes; what is larger is looked at
#: on the disk.
SMALL = 1024 * 1024
#: Where what was sent is kept until it is known what it is.
SPOOL = "results"
INLINE = "inline"


class Span(bytes):
    """A part of a file on the disk, in the place of the bytes that it holds."""

    path: Path
    start: int
    end: int
    media_type: str


class Folder:
    """A directory that a job's results are written to."""

    def __init__(self, resources: Resources, job: JobInfo, directory: Path, if_exists: str) -> None:
        self._resources = resources
        self._job = job
        self._directory = directory
        self._mode = if_exists
        self._names = Names(MANIFEST)
        self._paths: dict[str, Path] = {}
        self._failed: OgcProcError | None = None
        #: What earlier runs wrote, by file, relative to the directory.
        self._known: dict[str, Any] = {}
        #: The same by output.
        self._earlier: dict[str, list[Any]] = {}
        self._outputs: dict[str, list[Any]] = {}

    # --- what is there ----------------------------------------------------------------------

    def open(self) -> None:
        """Make the directory where there is none, and read what earlier runs say of it."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._refuse_manifest()
        self._earlier = self._told()
        for entries in self._earlier.values():
            self._known.update({one["file"]: one for one in entries if "file" in one})

    def _refuse_manifest(self) -> None:
        """Raise FileExistsError for a ``results.json`` that is not to be replaced."""
        path = self._directory / MANIFEST
        if self._mode == "overwrite" or not os.path.lexists(path):
            return
        try:
            manifest = json.loads(path.read_bytes())
            is_ours = {"version", "job", "outputs"} <= manifest.keys()
        except (OSError, ValueError, AttributeError):
            is_ours = False
        if not is_ours:
            raise FileExistsError(f"{path} is there already, and no manifest: see if_exists")

    def _told(self) -> dict[str, list[Any]]:
        """Return what the manifest tells of this job's outputs; nothing where it is another's.

        A job without an id is never the same: its results came at once.
        """
        with suppress(OSError, ValueError, AttributeError, TypeError, KeyError):
            manifest = json.loads((self._directory / MANIFEST).read_bytes())
            ours = self._resources.http.base_url, self._job.jobID
            if self._job.jobID and (manifest["server"], manifest["job"]["jobID"]) == ours:
                return {
                    str(output_id): [dict(entry) for entry in entries]
                    for output_id, entries in manifest["outputs"].items()
                }
        return {}

    def target(self, output_id: str, name: str, folder: Path | None) -> Path:
        """Return the path of a file to write, or of one that stays; raises FileExistsError."""
        if folder is None:
            name = self._names.take(name, output_id)
        path = (folder or self._directory) / name
        if self._mode == "error" and os.path.lexists(path):
            raise in_the_way(path)
        if self._mode == "overwrite":
            part = part_of(path)
            for each in (part, part.with_name(f"{part.name}.json")):
                each.unlink(missing_ok=True)
        return path

    def stays(self, path: Path) -> bool:
        """Return whether the file that is there is to stay as it is."""
        if self._mode == "skip":
            return path.exists()
        known = self._known.get(self._relative(path), {})
        return (
            self._mode == "resume"
            and path.is_file()
            and not path.is_symlink()
            and known.get("size") == path.stat().st_size
        )

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._directory).as_posix()

    # --- what is written ----------------------------------------------------------------------

    def write(self, values: Mapping[str, Any]) -> dict[str, Path]:
        """Return the files of some results; raises the first error, after all that could be."""
        if self._mode == "error":
            self._refuse(values)
        for output_id, value in values.items():
            self._outputs[output_id] = []
            try:
                self._paths[output_id] = self._write_output(output_id, value)
            except OgcProcError as error:
                self._failed = self._failed or error
                self._outputs[output_id].append({"error": str(error)})
            self._tell()
        if self._failed is not None:
            raise self._failed
        return self._paths

    def _refuse(self, values: Mapping[str, Any]) -> None:
        """Raise FileExistsError for a file in the way, as far as names are known beforehand."""
        names = Names(MANIFEST)
        for output_id, value in values.items():
            name = likely_name(output_id, value)
            path = self._directory / names.take(name or safe_name(output_id), output_id)
            if name is not None and os.path.lexists(path):
                raise in_the_way(path)

    def _write_output(self, output_id: str, value: Any) -> Path:
        """Return the file of an output, or the directory of one of several files."""
        if not (isinstance(value, list) and any(map(is_apart, value))):
            return self._write_value(output_id, value)
        folder = self._directory / self._names.take(safe_name(output_id), output_id)
        if folder.is_symlink():
            raise FileExistsError(f"{folder} is a symbolic link: it is not written through")
        folder.mkdir(exist_ok=True)
        failed = None
        for number, item in enumerate(value, 1):
            try:
                self._write_value(output_id, item, folder, f"{number:0{len(str(len(value)))}}")
            except OgcProcError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return folder

    def _write_value(
        self, output_id: str, value: Any, folder: Path | None = None, name: str | None = None
    ) -> Path:
        """Return the file that a value is written to, or its reference fetched to."""
        name = output_id if name is None else name
        if isinstance(value, Link):
            return self._fetch(output_id, value, folder, name)
        span = value.value if isinstance(value, QualifiedValue) else value
        if isinstance(span, Span):
            path = self.target(output_id, file_name(name, span.media_type), folder)
            return self._keep(output_id, path, span, span.media_type)
        content, media_type = content_of(value)
        path = self.target(output_id, file_name(name, media_type), folder)
        return self._keep(output_id, path, content, media_type)

    def _keep(self, output_id: str, path: Path, content: bytes, media_type: str) -> Path:
        """Write what is at hand."""
        if not (self.stays(path) and self._is_as_known(path, content)):
            size, digest = write_whole(path, lambda: blocks_of(content))
            entry = {"size": size, "sha256": digest, "mediaType": media_type, "source": INLINE}
            self._took(output_id, path, entry)
        else:
            self._took(output_id, path, self._known.get(self._relative(path), {}))
        return path

    def _is_as_known(self, path: Path, content: bytes) -> bool:
        """Return whether what is at hand is what a file holds: a job's id may come again."""
        if self._mode == "skip" or isinstance(content, Span):
            return True
        return bool(self._known[self._relative(path)].get("sha256") == sha256(content).hexdigest())

    def _fetch(self, output_id: str, link: Link, folder: Path | None, name: str) -> Path:
        """Fetch what a link leads to."""
        is_fit = re.fullmatch("[ -~]+", link.type or "")
        fields = {"Accept": f"{link.type}, */*;q=0.1"} if is_fit else {}

        def open_(more: Mapping[str, str]) -> Stream:
            return self._resources.open_link(link.href, {**fields, **more})

        path = self._fetched_before(output_id, link, folder, name)
        if path is not None:
            return path
        with open_({}) as stream:
            media_type = stream.headers.last("content-type") or link.type
            if MediaType(media_type or "").essence in UNTOLD:
                media_type = link.type or media_type
            path = self.target(output_id, file_name(name, media_type, link.href), folder)
            if not self.stays(path):
                return self.save(output_id, path, stream, open_)
        self._took(output_id, path, self._known.get(self._relative(path), {}))
        return path

    def _fetched_before(
        self, output_id: str, link: Link, folder: Path | None, name: str
    ) -> Path | None:
        """Return the file that an earlier run fetched for this from there and that is to stay.

        A source is told without its query: that of another output, or item, may look the same.
        """
        for known in self._earlier.get(output_id, ()):
            path: Path = self._directory / known.get("file", "")
            is_it = path.parent == (folder or self._directory) and (
                folder is None or path.name.startswith(f"{name}.")
            )
            if is_it and known.get("source") == shown(link.href) and self.stays(path):
                if folder is None:
                    self._names.take(path.name, output_id)
                self._took(output_id, path, known)
                return path
        return None

    def save(self, output_id: str, path: Path, stream: Stream, open_: Any) -> Path:
        """Save a body that is still to come."""
        saved = download(
            stream,
            open_,
            path,
            retries=self._resources.http.retries,
            rest=self._resources.http.rest,
        )
        self._took(output_id, path, entry_of(saved))
        return path

    def _took(self, output_id: str, path: Path, entry: Mapping[str, Any]) -> None:
        """Take down what a file is."""
        entry = {"file": self._relative(path), **entry}
        self._known[entry["file"]] = entry
        self._outputs.setdefault(output_id, []).append(entry)

    def _tell(self) -> None:
        """Write the manifest, with what other runs have written down in the meantime."""
        write_whole(self._directory / MANIFEST, self._document, wait=True)

    def _document(self) -> Iterator[bytes]:
        """Yield the manifest."""
        job = {
            "jobID": self._job.jobID,
            "processID": self._job.processID,
            "status": str(self._job.status) or None,
        }
        document = {
            "version": VERSION,
            "server": self._resources.http.base_url,
            "job": job,
            "outputs": {**self._told(), **self._outputs},
        }
        yield json.dumps(document, indent=2).encode() + b"\n"

    # --- an answer that is still to come ------------------------------------------------------

    def write_answer(self, stream: Stream, asked: Sequence[str], open_: Any) -> dict[str, Path]:
        """Return the files of the results that an answer holds."""
        if is_only(stream, self._resources.http.max_body):
            return self._save_only(stream, asked, open_)
        if self._is_small(stream):
            return self.write(self.read(stream.answer(), asked))
        spool, saved = self._spooled(stream, open_)
        try:
            return self._write_spooled(spool, saved, stream, asked)
        finally:
            spool.unlink(missing_ok=True)

    def laid_out(self, stream: Stream, asked: Sequence[str], open_: Open) -> Mapping[str, Any]:
        """Return the results that a large answer holds; what is large of them is on the disk."""
        spool, saved = self._spooled(stream, open_)
        values = self._values_of(spool, saved, stream, asked)
        if values is not None:
            return values
        return {self.name_of(stream, asked): as_span(stream.headers, spool, 0, saved.size)[1]}

    def _is_small(self, stream: Stream) -> bool:
        """Return whether an answer is said to be so short that it is read into memory at once."""
        length = 0 if stream.status == NO_CONTENT else stream.raw_length
        return length is not None and length <= min(SMALL, self._resources.http.max_body)

    def _spooled(self, stream: Stream, open_: Open) -> tuple[Path, Saved]:
        """Return the file in which an answer is, until it is known what it is."""
        http = self._resources.http
        spool = self._directory / self._names.take(f"{SPOOL}.spool", SPOOL)
        return spool, download(stream, open_, spool, retries=http.retries, rest=http.rest)

    def _values_of(
        self, spool: Path, saved: Saved, stream: Stream, asked: Sequence[str]
    ) -> Mapping[str, Any] | None:
        """Return what is in an answer that is on the disk; None where all of it is one output."""
        if MediaType(stream.headers.last("content-type")).essence.startswith("multipart/"):
            return self.spooled_parts(spool, stream, asked) or None
        if saved.size <= self._resources.http.max_body:
            return self.read(stream.read_as(spool.read_bytes()), asked)
        return None

    def read(self, answer: Answer, asked: Sequence[str]) -> Mapping[str, Any]:
        """Return the results that an answer holds, a document that is one of them as it came."""
        job = self._job
        values = self._resources.results_in(answer, job.processID, asked, job)
        return to_the_byte(values, answer)

    def _save_only(self, stream: Stream, asked: Sequence[str], open_: Any) -> dict[str, Path]:
        """Save an answer that is one output."""
        output_id = self.name_of(stream, asked)
        media_type = stream.headers.last("content-type")
        self._outputs[output_id] = []
        with stream:
            path = self.target(output_id, file_name(output_id, media_type), None)
            if not (self.stays(path) and self._is_still(path, stream)):
                self._paths[output_id] = self.save(output_id, path, stream, open_)
            else:
                self._took(output_id, path, self._known.get(self._relative(path), {}))
                self._paths[output_id] = path
        self._tell()
        return self._paths

    def _is_still(self, path: Path, stream: Stream) -> bool:
        """Return whether what an earlier run has is what an answer brings, by its head."""
        known = self._known.get(self._relative(path), {})
        fields = {"etag": "etag", "lastModified": "last-modified"}
        return self._mode == "skip" or all(
            known.get(name) == (stream.headers.last(field) or None)
            for name, field in fields.items()
        )

    def name_of(self, stream: Stream, asked: Sequence[str]) -> str:
        """Return the id of the only output that an answer holds."""
        stand_in = Headers(
            (name, value)
            for name, value in stream.headers.items()
            if name.lower() not in {"content-type", "content-encoding"}
        )
        pairs = [*stand_in.pairs, ("Content-Type", "application/octet-stream")]
        headers = Headers(pairs)
        return next(iter(self._resources.results_from(OK, headers, b"\0", asked, self._job)))

    def _write_spooled(
        self, spool: Path, saved: Saved, stream: Stream, asked: Sequence[str]
    ) -> dict[str, Path]:
        """Return the files of an answer that is on the disk."""
        values = self._values_of(spool, saved, stream, asked)
        if values is not None:
            return self.write(values)
        # Larger than any document: the output itself.
        output_id = self.name_of(stream, asked)
        media_type = stream.headers.last("content-type")
        path = self.target(output_id, file_name(output_id, media_type), None)
        if not self.stays(path):
            os.replace(spool, path)  # noqa: PTH105 - it says what it does
        self._outputs[output_id] = []
        self._took(output_id, path, entry_of(saved))
        self._paths[output_id] = path
        self._tell()
        return self._paths

    def spooled_parts(self, spool: Path, stream: Stream, asked: Sequence[str]) -> Mapping[str, Any]:
        """Return the parts of a multipart body on the disk by output id, most of it as spans."""
        from .._protocol.multipart import decoded  # noqa: PLC0415 - few need these
        from .spooled import spooled_parts  # noqa: PLC0415

        boundary = MediaType(stream.headers.last("content-type")).parameters.get("boundary", "")
        parts = []
        held = 0
        with spool.open("rb") as file:
            for headers, start, end in spooled_parts(spool, boundary):
                encoding = headers.last("content-transfer-encoding")
                held += end - start
                if held <= SMALL or start == end or encoding.strip().lower() in ENCODED:
                    file.seek(start)
                    parts.append((headers, decoded(file.read(end - start), encoding)))
                else:
                    parts.append(as_span(headers, spool, start, end))
        return self._resources.results_from_parts(parts, asked, self._job, stream.url)


class Laid:
    """Results that have come, what is large among them in a directory of our own for a while."""

    def __init__(self, values: Mapping[str, Any], done: Callable[[], object] = dict) -> None:
        self._values = values
        self._done = done

    @classmethod
    def out(cls, resources: Resources, job: JobInfo, stream: Stream, open_: Open) -> Laid:
        """Return the results that an answer holds, which is opened and not read.

        What is larger than is read into memory is asked for again, and kept in a file meanwhile.
        """
        from pathlib import Path  # noqa: PLC0415 - few need these
        from tempfile import TemporaryDirectory  # noqa: PLC0415

        asked = job._context.outputs
        with suppress(ResponseTooLarge):
            return cls(Folder(resources, job, Path(), "error").read(stream.answer(), asked))
        directory = TemporaryDirectory(prefix="ogcproc-")
        try:
            folder = Folder(resources, job, Path(directory.name), "error")
            with open_({}) as again:
                return cls(folder.laid_out(again, asked, open_), directory.cleanup)
        except BaseException:
            directory.cleanup()
            raise

    def open(
        self,
        output_id: str | None,
        opened: Callable[[str, Mapping[str, str]], Stream],
        over: Callable[[Stream, Open], ResultFile],
    ) -> ResultFile:
        """Return one of them as a file; raises NoSuchOutput, and ValueError where it is not told.

        ``opened`` opens a reference, ``over`` makes a file of it.
        """
        from .opened import Stored, file_of, file_with  # noqa: PLC0415 - it is not for files in folders

        try:
            value = chosen(self._values, output_id)
        except BaseException:
            self._done()
            raise
        span = value.value if isinstance(value, QualifiedValue) else value
        if isinstance(span, Span):
            raw = Stored(span.path, span.start, span.end, self._done)
            return file_with(raw, span.media_type, span.end - span.start)
        self._done()
        if isinstance(value, Link):
            href = value.href
            return over(opened(href, {}), lambda more: opened(href, more))
        return file_of(*content_of(value))


def chosen(values: Mapping[str, Any], output_id: str | None) -> Any:
    """Return the value of an output, or the only one; raises NoSuchOutput and ValueError."""
    if output_id is None:
        if len(values) != 1:
            raise ValueError(f"which output? There are {', '.join(values) or 'none'}")
        return next(iter(values.values()))
    if output_id not in values:
        raise NoSuchOutput(f"no output {output_id!r}, but {', '.join(values) or 'none'}")
    return values[output_id]


def named(resources: Resources, job: JobInfo, stream: Stream, output_id: str | None) -> None:
    """Raise NoSuchOutput where an answer that is one output is known to be another."""
    if output_id is None:
        return
    from pathlib import Path  # noqa: PLC0415 - few need these

    try:
        found = Folder(resources, job, Path(), "error").name_of(stream, job._context.outputs)
        if found:
            chosen({found: None}, output_id)
    except BaseException:
        stream.close()
        raise


#: Encodings of parts that have to be undone.
ENCODED = frozenset({"base64", "quoted-printable"})
OK = 200
NO_CONTENT = 204
#: Media types that say nothing.
UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def as_span(headers: Headers, path: Path, start: int, end: int) -> tuple[Headers, Span]:
    """Return a part that stays on the disk, as one of bytes."""
    span = Span(b"\0")
    span.path, span.start, span.end = path, start, end
    span.media_type = headers.last("content-type") or "application/octet-stream"
    pairs = [pair for pair in headers.pairs if pair[0].lower() != "content-type"]
    return Headers([*pairs, ("Content-Type", "application/octet-stream")]), span


def entry_of(saved: Saved) -> dict[str, Any]:
    """Return what to say of a file that was saved."""
    entry = {
        "size": saved.size,
        "sha256": saved.sha256,
        "mediaType": saved.media_type,
        "source": saved.url,
        "etag": saved.etag,
        "lastModified": saved.last_modified,
    }
    return {name: value for name, value in entry.items() if value is not None}


def is_only(stream: Stream, most: int) -> bool:
    """Return whether an answer that is still to come is one output, by its head.

    So is what is said to be larger than any document: ``most``, in bytes.
    """
    media_type = MediaType(stream.headers.last("content-type"))
    length = 0 if stream.status == NO_CONTENT else stream.raw_length
    if length == 0 or media_type.essence.startswith("multipart/"):
        return False
    is_document = media_type.is_json or not media_type.essence
    return not is_document or (length is not None and length > most)


def is_apart(value: Any) -> bool:
    """Return whether an item of an array is to be a file of its own."""
    if isinstance(value, QualifiedValue):
        return isinstance(value.plain, bytes) or MediaType(value.mediaType or "").is_json is False
    return isinstance(value, (Link, bytes))


def content_of(value: Any) -> tuple[bytes, str]:
    """Return what a value's file holds, and its media type."""
    media_type = None
    if isinstance(value, QualifiedValue):
        media_type, value = value.mediaType, value.plain
    if isinstance(value, bytes):
        return value, media_type or "application/octet-stream"
    if isinstance(value, str) and not MediaType(media_type or "").is_json:
        charset = MediaType(media_type or "").parameters.get("charset", "utf-8")
        try:
            return value.encode(charset), media_type or "text/plain"
        except (LookupError, UnicodeEncodeError):
            return value.encode("utf-8", "surrogatepass"), media_type or "text/plain"
    return json.dumps(encode_json(value)).encode(), media_type or "application/json"


def likely_name(output_id: str, value: Any) -> str | None:
    """Return the name of a value's file; None where it has several, or is a link to who knows."""
    if isinstance(value, Link):
        return file_name(output_id, value.type, value.href) if value.type else None
    if isinstance(value, list) and any(map(is_apart, value)):
        return None
    span = value.value if isinstance(value, QualifiedValue) else value
    media_type = span.media_type if isinstance(span, Span) else content_of(value)[1]
    return file_name(output_id, media_type)


def in_the_way(path: Path) -> FileExistsError:
    """Return the error for a file that is there."""
    return FileExistsError(f"{path} is there already: see if_exists")


def to_the_byte(values: JobResults, answer: Answer) -> Mapping[str, Any]:
    """Return results; a document that is the only one of them as the bytes that came."""
    from .._protocol.results import raw_value  # noqa: PLC0415 - not before there are any

    if len(values) != 1:
        return values
    ((output_id, value),) = values.items()
    plain = value.value if isinstance(value, QualifiedValue) else value
    if not isinstance(plain, (dict, list)):
        return values
    if plain != raw_value(answer.headers, answer.body).value:
        return values
    return {output_id: QualifiedValue(answer.body, content_of(value)[1])}


def write_whole(
    path: Path, content: Callable[[], Iterable[bytes]], *, wait: bool = False
) -> tuple[int, str]:
    """Return the size and digest of a file that is written, complete or not at all.

    What it is to hold is asked for when nobody else can write it. Raises BlockingIOError where
    somebody else is writing it, unless it is to ``wait`` for them.
    """
    if path.is_symlink():
        raise FileExistsError(f"{path} is a symbolic link: it is not written through")
    part = part_of(path)
    digest = sha256()
    size = 0
    with open_alone(part, "directory", wait=wait) as file:
        file.truncate()
        for block in content():
            file.write(block)
            digest.update(block)
            size += len(block)
        renamed(file, part, path)
    return size, digest.hexdigest()


def blocks_of(content: bytes) -> Iterator[bytes]:
    """Yield what is to be written, a megabyte at a time where it is on the disk."""
    if not isinstance(content, Span):
        yield content
        return
    with content.path.open("rb") as file:
        file.seek(content.start)
        left = content.end - content.start
        while left:
            block = file.read(min(CHUNK, left))
            left -= len(block)
            yield block
