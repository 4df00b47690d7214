"""A zip of many small entries, equal bytes for equal content: fixed times, fixed order, fixed compression."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

# The standard library's zipfile spends 50 microseconds an entry on bookkeeping; an option folder has tens of thousands of entries.
LOCAL = struct.Struct("<4s5H3L2H")  # APPNOTE.TXT 4.3.7
CENTRAL = struct.Struct("<4s6H3L5H2L")  # 4.3.12
END = struct.Struct("<4s4H2LH")  # 4.3.16
NEEDED, DEFLATED, MIDNIGHT, NEW_YEAR_1980 = 20, 8, 0, 0x21
REGULAR_FILE = 0o100644 << 16
MAXIMUM_ENTRIES = 0xFFFF


def write_zip(path: Path, entries: Iterable[tuple[str, bytes]]) -> None:
    """Write `entries` (ASCII name, content) in their order; at most 65,535 of them and 4 GB, the limits of the plain format.

    Raises
    ------
    ValueError
        If there are more entries than the plain format holds.
    """
    body, directory, count = bytearray(), bytearray(), 0
    for name, content in entries:
        encoded, check = name.encode("ascii"), zlib.crc32(content)
        packer = zlib.compressobj(6, zlib.DEFLATED, -12, 6)
        packed = packer.compress(content) + packer.flush()
        common = (NEEDED, 0, DEFLATED, MIDNIGHT, NEW_YEAR_1980, check, len(packed), len(content), len(encoded), 0)
        directory += CENTRAL.pack(b"PK\1\2", 3 << 8 | NEEDED, *common, 0, 0, 0, REGULAR_FILE, len(body)) + encoded
        body += LOCAL.pack(b"PK\3\4", *common) + encoded + packed
        count += 1
    if count > MAXIMUM_ENTRIES:
        raise ValueError(f"{path}: {count} entries, a plain zip holds {MAXIMUM_ENTRIES}")
    end = END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(body + directory + end))
