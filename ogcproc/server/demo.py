"""The demo service: six small processes that between them show every kind of answer."""

import struct
import zlib
from typing import Annotated, Any, Literal, TypedDict

from .context import Job
from .service import Service

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

BBOX = {
    "type": "object",
    "format": "ogc-bbox",
    "required": ["bbox"],
    "properties": {
        "bbox": {
            "type": "array",
            "items": {"type": "number"},
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        },
        "crs": {"type": "string", "format": "uri", "default": CRS84},
    },
}

# Python 3.10 makes no union of what is Annotated with a dict: the None stands inside.
Bbox = Annotated[dict[str, Any] | None, BBOX]

service: Service = Service(
    title="ogcproc demo",
    description="Six small processes to try a client of OGC API - Processes on.",
)


@service.process(
    title="First workflow",
    outputs={"final": {"title": "The id, twice"}},
)
def first_workflow(id: str = "hithere") -> str:  # noqa: A002  (the input's name in the walk)
    """Double an id."""
    return id * 2


@service.process(
    title="Sleep a while",
    inputs={
        "duration": {"title": "Duration", "description": "Number of seconds to sleep"},
        "fail": {"title": "Fail", "description": "Whether to fail half-way"},
    },
    outputs={"duration": {"title": "Number of seconds slept"}},
)
def sleep_a_while(
    job: Job,
    duration: Annotated[float, {"minimum": 0, "maximum": 3600}] = 1.0,
    fail: bool = False,
) -> float:
    """Sleep, report progress on the way, stop when dismissed, and fail half-way if asked to."""
    steps = 20
    for step in range(steps):
        job.report(100 * step // steps, f"Slept {step} of {steps} parts")
        if fail and step == steps // 2:
            raise RuntimeError("Woke up in the middle of the night")
        job.sleep(duration / steps)
    return duration


@service.process(title="Prime numbers", outputs={"return_value": {"title": "The primes"}})
def primes_between(
    min_val: Annotated[int, {"minimum": 0}] = 0,
    max_val: Annotated[int, {"maximum": 1_000_000}] = 100,
) -> list[int]:
    """Find the prime numbers from `min_val` to `max_val`."""
    is_prime = bytearray([1]) * (max(max_val, 1) + 1)
    is_prime[0:2] = b"\0\0"
    for number in range(2, int(len(is_prime) ** 0.5) + 1):
        if is_prime[number]:
            multiples = range(number * number, len(is_prime), number)
            is_prime[multiples.start :: number] = bytes(len(multiples))
    return [number for number in range(min_val, max_val + 1) if is_prime[number]]


class Echo(TypedDict):
    """What `echo` was given, under the same names."""

    string: str | None
    number: float | None
    boolean: bool | None
    array: list[Any] | None
    object: dict[str, Any] | None
    bbox: Bbox
    binary: bytes | None
    pause: float | None


@service.process(
    title="Echo",
    inputs={"pause": {"description": "Number of seconds to wait before the answer"}},
    outputs={name: {} for name in Echo.__annotations__},
)
def echo(
    job: Job,
    string: str | None = None,
    number: float | None = None,
    boolean: bool | None = None,
    array: list[Any] | None = None,
    object: dict[str, Any] | None = None,  # noqa: A002  (the input's name, as are the others)
    bbox: Bbox = None,
    binary: bytes | None = None,
    pause: Annotated[float | None, {"minimum": 0, "maximum": 3600}] = None,
) -> Echo:
    """Give back what it was given: an output has a value if the input of its name has one."""
    job.sleep(pause or 0)
    return {
        "string": string,
        "number": number,
        "boolean": boolean,
        "array": array,
        "object": object,
        "bbox": bbox,
        "binary": binary,
        "pause": pause,
    }


_COLOURS = {"red": b"\xd7\x30\x27", "green": b"\x1a\x98\x50", "blue": b"\x45\x75\xb4"}


@service.process(title="Make a picture", outputs={"picture": {"title": "A PNG image"}})
def make_picture(
    width: Annotated[int, {"minimum": 1, "maximum": 2000}] = 64,
    height: Annotated[int, {"minimum": 1, "maximum": 2000}] = 64,
    colour: Literal["red", "green", "blue"] = "green",
) -> Annotated[bytes, {"contentMediaType": "image/png"}]:
    """Draw a rectangle of one colour."""
    row = b"\0" + _COLOURS[colour] * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    image = zlib.compress(row * height)
    chunks = (b"IHDR", header), (b"IDAT", image), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@service.process(title="Fail")
def fail(message: str = "It was asked to fail") -> str:
    """Fail, with a message."""
    raise RuntimeError(message)
