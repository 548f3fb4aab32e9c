"""Writes the matrix of files by PyArrow: encodings × codecs × page versions × nullability, all types in each.

    write_arrow.py FOLDER

Leaves FOLDER/*.parquet, FOLDER/*.cells (see cells.py) and FOLDER/files.json: which file has which cells.
"""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from arrow_tables import COLUMNS, NULLS, ROWS, make_table
from cells import cells, write_cells

CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]
VERSIONS = ["1.0", "2.0"]
FAMILIES = ["plain", "dictionary", "fallback", "delta", "split"]
SMALL = {"row_group_size": 200, "data_page_size": 256, "write_batch_size": 40, "max_rows_per_page": 80}


def main(folder):
    tables = {
        "nullable": make_table(ROWS, NULLS, 1),
        "required": make_table(ROWS, 0, 2),
        "nulls": make_table(ROWS, 1, 3),
        "empty": make_table(0, NULLS, 4),
        "one": make_table(1, 0, 5),
    }
    for name, table in tables.items():
        write_cells(f"{folder}/{name}.cells", table_cells(table))
    files = [
        write(folder, tables, table, family, codec, version, number)
        for table in ("nullable", "required")
        for family in FAMILIES
        for version in VERSIONS
        for number, codec in enumerate(CODECS)
    ]
    files += [
        write(folder, tables, table, family, codec, version, number)
        for table in ("nulls", "empty", "one")
        for family in FAMILIES
        for version in VERSIONS
        for number, codec in enumerate(["none", "snappy"])
    ]
    files += old_files(folder, tables)
    with open(f"{folder}/files.json", "w") as file:
        json.dump({"writer": f"PyArrow {pa.__version__}", "files": files}, file)


def table_cells(table):
    for name, _, hindcast_type, _ in COLUMNS:
        # What Hindcast does not read has no cells to compare.
        yield name, hindcast_type, [] if hindcast_type.startswith("-") else cells(table[name])


def write(folder, tables, name, family, codec, version, number):
    """One file; checksums, page indexes and decimals as integers come in turns, so that each meets each encoding."""
    path = f"{name}-{family}-{codec}-v{version[0]}.parquet"
    table = tables[name]
    pq.write_table(
        table,
        f"{folder}/{path}",
        compression=codec,
        data_page_version=version,
        write_page_checksum=number % 2 == 0,
        write_page_index=number % 3 != 0,
        store_decimal_as_integer=number % 2 == 1,
        **encoding_options(table, family),
        **SMALL,
    )
    return {"path": path, "cells": f"{name}.cells"}


def encoding_options(table, family):
    if family == "dictionary":
        return {"use_dictionary": True}
    if family == "fallback":
        return {"use_dictionary": True, "dictionary_pagesize_limit": 160}
    if family == "plain":
        return {"use_dictionary": False, "column_encoding": {name: "PLAIN" for name in table.column_names}}
    choose = delta_encoding if family == "delta" else split_encoding
    chosen = {field.name: choose(storage_of(field.type)) for field in table.schema}
    return {"use_dictionary": False, "column_encoding": {name: chosen[name] for name in chosen if chosen[name]}}


def storage_of(kind):
    if isinstance(kind, pa.BaseExtensionType):
        return kind.storage_type
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def delta_encoding(kind):
    if pa.types.is_boolean(kind):
        return "RLE"
    if pa.types.is_decimal(kind):
        return None  # stored as bytes in one file and as integers in the next
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_float16(kind):
        return "DELTA_BYTE_ARRAY"
    if pa.types.is_floating(kind):
        return "BYTE_STREAM_SPLIT"
    return "DELTA_LENGTH_BYTE_ARRAY" if is_bytes(kind) else "DELTA_BINARY_PACKED"


def split_encoding(kind):
    if pa.types.is_boolean(kind):
        return "PLAIN"
    return "DELTA_BYTE_ARRAY" if is_bytes(kind) else "BYTE_STREAM_SPLIT"


def is_bytes(kind):
    types = pa.types
    return (
        types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
        or types.is_binary(kind) or types.is_large_binary(kind)
    )


def old_files(folder, tables):
    """Timestamps as INT96, and the oldest version of the format, in which uint32 is int64 and times are coarser."""
    files = []
    for name in ("nullable", "required"):
        times = tables[name].select(["ms", "us", "ns", "ns_utc"])
        # INT96 counts nanoseconds here, and has no place for times outside of their int64
        fields = [pa.field(field, pa.timestamp("ns"), nullable=name == "nullable") for field in times.column_names]
        times = pa.table([bounded(column) for column in times.columns], schema=pa.schema(fields))
        columns = [(field, "timestamp[ns]", cells(times[field])) for field in times.column_names]
        write_cells(f"{folder}/{name}-int96.cells", columns)
        for use_dictionary in (False, True):
            path = f"{name}-int96-{use_dictionary}.parquet".lower()
            options = {"use_deprecated_int96_timestamps": True, "use_dictionary": use_dictionary}
            pq.write_table(times, f"{folder}/{path}", **options, **SMALL)
            files.append({"path": path, "cells": f"{name}-int96.cells"})
    old = tables["nullable"].select(["bool", "int8", "uint16", "uint32", "us", "text", "decimal9_2"])
    pq.write_table(old, f"{folder}/version1.parquet", version="1.0", **SMALL)
    types = ["bool", "int8", "uint16", "int64", "timestamp[us]", "utf8", "decimal(9,2)"]
    columns = [(name, kind, cells(old[name])) for name, kind in zip(old.column_names, types)]
    write_cells(f"{folder}/version1.cells", columns)
    return [*files, {"path": "version1.parquet", "cells": "version1.cells"}]


def bounded(column):
    """The times modulo some 290 years, in nanoseconds."""
    most = 2**62
    scale = {"ms": 10**6, "us": 10**3, "ns": 1}[column.type.unit]
    ticks = column.combine_chunks().view(pa.int64()).to_pylist()
    values = [None if tick is None else tick * scale % most - most // 2 for tick in ticks]
    return pa.array(values, pa.int64()).view(pa.timestamp("ns"))


main(sys.argv[1])
