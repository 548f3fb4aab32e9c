"""Reads the files that own-files.ts has written, by PyArrow and by Polars, and prints what is not as written.

    read_files.py FOLDER

The last line of stdout is JSON: {"files": count, "statistics": count, "complaints": [text, …]}.
Compared: types, values with page checksums verified, bounds and null counts of every column chunk, key-value metadata,
and the rows of a range of each rising column in a copy without the row groups that statistics rule out.
"""

import json
import struct
import sys

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cells import cells, difference, float_cell

BOUND_BYTES = 64  # longer strings have bounds that are cut


def main(folder):
    complaints, statistics = [], 0
    with open(f"{folder}/files.json") as file:
        files = json.load(file)
    for entry in files:
        path = f"{folder}/{entry['path']}"
        with open(f"{folder}/{entry['cells']}") as file:
            known = [json.loads(line) for line in file]
        table = pq.read_table(path, page_checksum_verification=True)
        frame = pl.read_parquet(path)
        found = [
            *("PyArrow: " + text for text in compared(table, known)),
            *("Polars: " + text for text in compared(frame.to_arrow(), [in_polars(column) for column in known])),
        ]
        count, wrong = compare_statistics(pq.ParquetFile(path), table.schema, known)
        statistics += count
        found += wrong
        if entry["remnants"] is not None:
            remnant = entry["remnants"]["groups"]
            found += compare_ranges(f"{folder}/{remnant['path']}", path, table, frame, remnant["from"], remnant["to"])
            metadata = pq.read_schema(path).metadata
            if metadata.get(b"job") != b"j" or metadata.get("plan é".encode()) != b"1":
                found.append(f"PyArrow: metadata are {metadata}")
        complaints += [f"{entry['path']}: {text}" for text in found]
    print(json.dumps({"files": len(files), "statistics": statistics, "complaints": complaints}))


def compared(table, known):
    if table.column_names != [column["name"] for column in known]:
        yield f"columns are {table.column_names}"
        return
    for column in known:
        name, want = column["name"], column["cells"]
        kind = type_text(table.schema.field(name).type)
        # Arrow's times of day know no zone.
        want_kind = column["type"].replace(", UTC", "") if column["type"].startswith("time[") else column["type"]
        if kind != want_kind:
            yield f"{name} is {kind}, not {column['type']}"
        wrong = difference(cells(table[name]), want)
        if wrong is not None:
            yield f"{name}: {wrong}"


def in_polars(column):
    """The column as Polars has it: its times of day count nanoseconds."""
    scale = {"time[ms": 10**6, "time[us": 10**3}.get(column["type"][:7])
    if scale is None:
        return column
    scaled = [None if cell is None else str(int(cell) * scale) for cell in column["cells"]]
    return {**column, "type": "time[ns]", "cells": scaled}


def type_text(kind):
    """The type as Hindcast writes it."""
    types = pa.types
    if types.is_timestamp(kind):
        return f"timestamp[{kind.unit}{', UTC' if kind.tz else ''}]"
    if types.is_time(kind):
        return f"time[{kind.unit}]"
    if types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "utf8"
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return "binary"
    names = {"float": "float32", "double": "float64", "date32[day]": "date"}
    return names.get(str(kind), str(kind))


def compare_statistics(file, schema, known):
    """How many chunks have bounds, and what is wrong with bounds, null counts, checksums and indexes."""
    first, bounded, wrong = 0, 0, []
    for g in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(g)
        for c, column in enumerate(known):
            part = column["cells"][first : first + group.num_rows]
            chunk = group.column(c)
            place = f"{column['name']}, row group {g}"
            if not chunk.has_offset_index:
                wrong.append(f"{place}: no offset index")
            found = chunk.statistics
            nulls = sum(cell is None for cell in part)
            if found.null_count != nulls:
                wrong.append(f"{place}: {found.null_count} nulls, not {nulls}")
            keys = [key_of(cell, column["type"]) for cell in part if cell not in (None, "nan")]
            if found.has_min_max != (len(keys) > 0):
                wrong.append(f"{place}: bounds {found.has_min_max} for {len(keys)} values")
            elif keys:
                bounded += 1
                bits = schema.field(c).type.bit_width if column["type"].startswith("uint") else None
                is_number = column["type"].startswith("decimal")
                low, high = (raw_bound(value, bits, is_number) for value in (found.min_raw, found.max_raw))
                if not same_bound(low, min(keys), is_low=True) or not same_bound(high, max(keys), is_low=False):
                    wrong.append(f"{place}: bounds {low!r} and {high!r}, not {min(keys)!r} and {max(keys)!r}")
        first += group.num_rows
    return bounded, wrong


def key_of(cell, kind):
    if kind == "bool":
        return cell == "true"
    if kind.startswith("float"):
        return struct.unpack(">d", bytes.fromhex(cell))[0]
    return bytes.fromhex(cell) if kind in ("utf8", "binary") else int(cell)


def raw_bound(value, bits, is_number):
    if is_number and isinstance(value, bytes):
        return int.from_bytes(value, "big", signed=True)
    return value % 2**bits if bits is not None else value


def same_bound(found, want, is_low):
    """Equal; of long strings one that is shorter, no less or no more, and begins alike; of zeros -0 or +0."""
    if isinstance(want, bytes) and len(want) > BOUND_BYTES:
        is_bound = found <= want if is_low else found >= want
        return is_bound and found[:8] == want[:8] and len(found) <= BOUND_BYTES
    if isinstance(want, float) and want == 0:
        return float_cell(found) == float_cell(-0.0 if is_low else 0.0)
    return found == want


def compare_ranges(path, whole, table, frame, start, end):
    """Rows of a range, from a file of which only the row group with them is whole."""
    for name in table.column_names:
        if not name.startswith("up_"):
            continue
        picked = table[name].slice(start, end - start).drop_null()
        low, high = picked[0], picked[-1]
        wanted = cells(picked)
        # PyArrow rules no row group out that has nulls in the column, whoever wrote it.
        pruned = path if table[name].null_count == 0 else whole
        found = pq.read_table(pruned, filters=(pc.field(name) >= low) & (pc.field(name) <= high))
        if cells(found[name]) != wanted:
            yield f"PyArrow: {name} in a range: {found.num_rows} rows, not {len(wanted)}"
        values = frame[name].slice(start, end - start).drop_nulls()
        condition = (pl.col(name) >= values[0]) & (pl.col(name) <= values[-1])
        # In Polars NaN is greater than any number, and bounds leave it out: it cannot rule floats out.
        is_float = frame[name].dtype.is_float()
        lazy = pl.scan_parquet(whole if is_float else path).filter(condition).collect()
        if cells(lazy.to_arrow()[name]) != cells(values.to_arrow()):
            yield f"Polars: {name} in a range: {lazy.height} rows, not {len(values)}"


main(sys.argv[1])
