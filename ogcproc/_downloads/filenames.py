"""From an output's id to the name of its file, which every system accepts.

Characters that some system refuses are percent-encoded, so that the id stays readable and two ids
never get one name. A long name is cut and ends in a digest of the id.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from mimetypes import MimeTypes
from urllib.parse import unquote, urlsplit

from .._http.headers import MediaType

__all__ = ["Names", "extension_of", "file_name", "folded", "safe_name", "says_nothing"]

#: The longest name made of an id, in bytes of UTF-8. With an extension, ``.part.json`` and a mark
#: it stays below the limit of 255 of most systems, and of 143 of encrypted ones.
LONGEST = 100
#: Names of devices, with any extension (Windows). The last six are the superscript digits.
DEVICES = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(?=[ .]|$)", re.IGNORECASE
)
#: Characters that some system refuses in a name, and the percent sign that encodes them.
UNSAFE = frozenset('<>:"/\\|?*%')
#: Unicode categories that are encoded too: control characters, surrogates and unassigned code
#: points; and blanks, which look like a plain space.
OTHER = "C"
BLANK = "Z"

#: Extensions by media type, if Python's own table has none or another one.
EXTENSIONS = {
    media_type: extension
    for extension, media_types in {
        ".copc.laz": "application/vnd.laszip+copc",
        ".covjson": "application/prs.coverage+json application/vnd.cov+json",
        ".csv": "text/csv",
        ".cwl": "application/cwl",
        ".dods": "application/x-ogc-dods",
        ".fgb": "application/flatgeobuf application/vnd.flatgeobuf",
        ".geojson": "application/geo+json application/vnd.geo+json",
        ".glb": "model/gltf-binary",
        ".gml": "application/gml+xml",
        ".gpkg": "application/geopackage+sqlite3",
        ".gpx": "application/gpx+xml",
        ".grib": "application/wmo-grib application/x-grib",
        ".grib2": "application/wmo-grib2 application/x-grib2",
        ".gz": "application/gzip application/x-gzip",
        ".h5": "application/x-hdf5",
        ".hdf": "application/x-hdf",
        ".html": "text/html",
        ".jp2": "image/jp2",
        ".jpg": "image/jpeg",
        ".json": "application/json text/json",
        ".jsonl": "application/json-seq application/jsonl",
        ".jsonld": "application/ld+json",
        ".kml": "application/vnd.google-earth.kml+xml",
        ".kmz": "application/vnd.google-earth.kmz",
        ".las": "application/vnd.las",
        ".laz": "application/vnd.laszip",
        ".md": "text/markdown",
        ".mvt": "application/vnd.mapbox-vector-tile",
        ".nc": "application/netcdf application/x-netcdf application/x-netcdf4",
        ".npy": "application/x-npy",
        ".parquet": "application/vnd.apache.parquet application/x-parquet",
        ".png": "image/png",
        ".shp": "application/vnd.shp",
        ".sld": "application/vnd.ogc.sld+xml",
        ".sqlite": "application/vnd.sqlite3",
        ".tif": "image/geotiff image/tiff",
        ".txt": "text/plain",
        ".webp": "image/webp",
        ".wkt": "application/vnd.ogc.wps.wkt application/wkt text/wkt",
        ".xml": "application/xml text/xml",
        ".yaml": "application/x-yaml application/yaml text/yaml",
        ".zarr": "application/vnd+zarr application/vnd.zarr",
        ".zip": "application/x-zip-compressed application/x-zipped-shapefile"
        " application/x-zipped-shp application/zip",
    }.items()
    for media_type in media_types.split()
}
#: Media types that servers send for any content.
SAYING_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def safe_name(text: str) -> str:
    """Return the name of a file or a directory for a text; it depends on nothing else."""
    name = unicodedata.normalize("NFC", text)
    name = "".join(map(escaped, name)) or "result"
    # Unix hides the first, commands take a dash for an option, Windows drops a dot at the end.
    name = re.sub(r"^[.~-]|[. ]$", lambda found: percent(found[0]), name)
    # Otherwise it would look like one of our own unfinished files.
    name = re.sub(r"\.(?=part(\.json)?$)", "%2E", name, flags=re.IGNORECASE)
    if DEVICES.match(name):
        name = percent(name[0]) + name[1:]
    if len(name.encode()) > LONGEST:
        cut = name.encode()[: LONGEST - 9].decode(errors="ignore")
        # Do not cut a percent-encoded character in two, or leave a blank at the end.
        cut = re.sub(r"(%[0-9A-F]?|[. ]+)$", "", cut)
        name = f"{cut}~{mark(text)}"
    return name


def escaped(character: str) -> str:
    """Return a character, percent-encoded if some system refuses it."""
    if character == " ":
        return character
    unsafe = character in UNSAFE or unicodedata.category(character)[0] in (OTHER, BLANK)
    return percent(character) if unsafe else character


def percent(character: str) -> str:
    """Return a character percent-encoded."""
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def mark(text: str) -> str:
    """Return eight digits of a text's digest."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def file_name(output_id: str, media_type: str | None, url: str = "") -> str:
    """Return the name of an output's file: its id, and the extension of its media type."""
    name, extension = safe_name(output_id), extension_of(media_type, url)
    return name if name.lower().endswith(extension) else name + extension


def extension_of(media_type: str | None, url: str = "") -> str:
    """Return the extension for a media type, or that of a URL if the type says nothing."""
    if says_nothing(media_type):
        return suffix_of(url) or ".bin"
    essence = MediaType(media_type or "").essence
    known = EXTENSIONS.get(essence) or TYPES.guess_extension(essence)
    if known is None and essence.endswith("+json"):
        known = ".json"
    if known is None and essence.endswith("+xml"):
        known = ".xml"
    return known or suffix_of(url) or (".txt" if essence.startswith("text/") else ".bin")


def says_nothing(media_type: str | None) -> bool:
    """Return whether a media type is missing, or one that servers send for any content."""
    return MediaType(media_type or "").essence in SAYING_NOTHING


#: Python's own table, without this machine's additions, so that names are the same everywhere.
TYPES = MimeTypes(filenames=())


def suffix_of(url: str) -> str:
    """Return the extension of a URL's path in lower case; empty if it does not look like one."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return ""
    found = re.search(r"[^/](\.[A-Za-z][A-Za-z0-9]{0,9})$", path)
    return "" if found is None or found[1].lower() == ".part" else found[1].lower()


class Names:
    """The names in a directory; two names never differ only by case or by Unicode's forms."""

    def __init__(self, *taken: str) -> None:
        self._taken = {folded(name) for name in taken}

    def take(self, name: str, output_id: str) -> str:
        """Take a name, with a mark of the id if another output has it, and return it."""
        number = 0
        free = name
        while folded(free) in self._taken:
            stem, dot, extension = name.partition(".")
            free = f"{stem}~{mark(output_id + str(number or ''))}{dot}{extension}"
            number += 1
        self._taken.add(folded(free))
        return free


def folded(name: str) -> str:
    """Return a name as a system compares it that ignores case and Unicode's forms."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
