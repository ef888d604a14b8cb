"""From an output's id to the name of its file, safe on every system whatever the id is.

What a system may stumble over is percent-encoded, so that one sees what the id was and no two ids
get the same name; what is too long is cut, and told apart by a digest.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from mimetypes import MimeTypes
from urllib.parse import unquote, urlsplit

from .._http.headers import MediaType

__all__ = ["MANIFEST", "Names", "extension_of", "file_name", "safe_name"]

#: The file that says what came from where.
MANIFEST = "results.json"
#: The longest name made of an id, in bytes of UTF-8: with an extension, ``.part.json`` and a mark
#: it stays below the 255 of most systems, and below the 143 of encrypted ones.
LONGEST = 100
#: Names of devices, with any extension (Windows). The last six are the superscript digits.
DEVICES = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(?=[ .]|$)", re.IGNORECASE
)
#: Characters that some system does not take in a name, and the one that stands for them.
UNSAFE = frozenset('<>:"/\\|?*%')
#: What is no letter, mark, number or sign: control characters, surrogates, what is unassigned; and
#: blanks, of which the plain one alone is told from others by looking at it.
OTHER = "C"
BLANK = "Z"

#: Extensions by media type, where Python's own table has none, or another.
EXTENSIONS = {
    "application/geo+json": ".geojson",
    "application/geopackage+sqlite3": ".gpkg",
    "application/vnd.geo+json": ".geojson",
    "application/vnd.sqlite3": ".sqlite",
    "application/gml+xml": ".gml",
    "application/gpx+xml": ".gpx",
    "application/json": ".json",
    "application/json-seq": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/ld+json": ".jsonld",
    "application/netcdf": ".nc",
    "application/x-netcdf": ".nc",
    "application/x-netcdf4": ".nc",
    "application/x-hdf": ".hdf",
    "application/x-hdf5": ".h5",
    "application/vnd.flatgeobuf": ".fgb",
    "application/flatgeobuf": ".fgb",
    "application/vnd.apache.parquet": ".parquet",
    "application/x-parquet": ".parquet",
    "application/vnd.google-earth.kml+xml": ".kml",
    "application/vnd.google-earth.kmz": ".kmz",
    "application/vnd.laszip": ".laz",
    "application/vnd.laszip+copc": ".copc.laz",
    "application/vnd.las": ".las",
    "application/vnd.mapbox-vector-tile": ".mvt",
    "application/vnd.ogc.sld+xml": ".sld",
    "application/vnd.ogc.wps.wkt": ".wkt",
    "application/vnd.shp": ".shp",
    "application/wkt": ".wkt",
    "application/wmo-grib": ".grib",
    "application/wmo-grib2": ".grib2",
    "application/x-grib": ".grib",
    "application/x-grib2": ".grib2",
    "application/x-npy": ".npy",
    "application/x-ogc-dods": ".dods",
    "application/x-yaml": ".yaml",
    "application/yaml": ".yaml",
    "application/prs.coverage+json": ".covjson",
    "application/vnd.cov+json": ".covjson",
    "application/schema+json": ".json",
    "application/octet-stream": ".bin",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/vnd+zarr": ".zarr",
    "application/vnd.zarr": ".zarr",
    "application/x-zipped-shp": ".zip",
    "application/x-zipped-shapefile": ".zip",
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
    "application/cwl": ".cwl",
    "image/geotiff": ".tif",
    "image/jp2": ".jp2",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "model/gltf-binary": ".glb",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/json": ".json",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/wkt": ".wkt",
    "text/xml": ".xml",
    "text/yaml": ".yaml",
}
#: Media types that say nothing: then the URL does, where there is one.
SAYING_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def safe_name(text: str) -> str:
    """Return the name of a file or a directory for a text, the same whenever it is asked."""
    name = unicodedata.normalize("NFC", text)
    name = "".join(map(shown, name)) or "result"
    # Whoever hides files, takes a dash for an option, or drops what stands at the end.
    name = re.sub(r"^[.~-]|[. ]$", lambda found: percent(found[0]), name)
    # Taken for our own unfinished files.
    name = re.sub(r"\.(?=part(\.json)?$)", "%2E", name, flags=re.IGNORECASE)
    if DEVICES.match(name):
        name = percent(name[0]) + name[1:]
    if len(name.encode()) > LONGEST:
        cut = name.encode()[: LONGEST - 9].decode(errors="ignore")
        # Not within a character that is percent-encoded, and not at a blank.
        cut = re.sub(r"(%[0-9A-F]?|[. ]+)$", "", cut)
        name = f"{cut}~{mark(text)}"
    return name


def shown(character: str) -> str:
    """Return a character, percent-encoded where some system does not take it."""
    if character == " ":
        return character
    unsafe = character in UNSAFE or unicodedata.category(character)[0] in (OTHER, BLANK)
    return percent(character) if unsafe else character


def percent(character: str) -> str:
    """Return a character percent-encoded."""
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def mark(text: str) -> str:
    """Return eight digits that tell a text from others."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def file_name(output_id: str, media_type: str | None, url: str = "") -> str:
    """Return the name of an output's file: its id, and an extension that says what it is."""
    name, extension = safe_name(output_id), extension_of(media_type, url)
    return name if name.lower().endswith(extension) else name + extension


def extension_of(media_type: str | None, url: str = "") -> str:
    """Return the extension for a media type, or that of a URL where the type says nothing."""
    essence = MediaType(media_type or "").essence
    if essence in SAYING_NOTHING:
        return suffix_of(url) or ".bin"
    known = EXTENSIONS.get(essence) or TYPES.guess_extension(essence)
    if known is None and essence.endswith("+json"):
        known = ".json"
    if known is None and essence.endswith("+xml"):
        known = ".xml"
    return known or suffix_of(url) or (".txt" if essence.startswith("text/") else ".bin")


#: Python's own table, without what this machine adds to it: names are the same everywhere.
TYPES = MimeTypes(filenames=())


def suffix_of(url: str) -> str:
    """Return the extension of a URL's path in lower case, where it looks like one; else nothing."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return ""
    found = re.search(r"[^/](\.[A-Za-z][A-Za-z0-9]{0,9})$", path)
    return "" if found is None or found[1].lower() == ".part" else found[1].lower()


class Names:
    """The names in a directory: no two differ by case or by Unicode's forms alone."""

    def __init__(self, *taken: str) -> None:
        self._taken = {folded(name) for name in taken}

    def take(self, name: str, output_id: str) -> str:
        """Return a name that is free, with a mark of the id's where that one is taken; take it."""
        number = 0
        free = name
        while folded(free) in self._taken:
            stem, dot, extension = name.partition(".")
            free = f"{stem}~{mark(output_id + str(number or ''))}{dot}{extension}"
            number += 1
        self._taken.add(folded(free))
        return free


def folded(name: str) -> str:
    """Return what a system that tells fewer names apart makes of one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
