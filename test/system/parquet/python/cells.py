"""Values in one canonical text, the same in every language of these tests, so that files can be compared.

    bool               true, false
    integers, decimals their digits; of a decimal the unscaled ones
    dates, timestamps  days, or ticks of the unit, since the epoch
    times              ticks of the unit, since midnight
    floats             the bits of the float64 in hexadecimal; nan
    strings, bytes     hexadecimal; a uuid as the bytes of its text
    null               null
"""

import json
import struct
import uuid

import pyarrow as pa
import pyarrow.types as is_type


def float_cell(value):
    return "nan" if value != value else struct.pack(">d", value).hex()


def decimal_cell(value):
    return str(int(format(value, "f").replace(".", "")))


def cells(column):
    """The values of an Arrow array, chunked or not, as a list of texts."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # of no chunk, or of too many bytes for one
        return [cell for chunk in array.chunks for cell in cells(chunk)]
    kind = array.type
    if is_type.is_dictionary(kind):
        return cells(array.dictionary_decode())
    if isinstance(kind, pa.UuidType):
        return mapped(array.storage, lambda value: str(uuid.UUID(bytes=value)).encode().hex())
    if isinstance(kind, pa.BaseExtensionType):
        return cells(array.storage)
    if is_type.is_boolean(kind):
        return mapped(array, lambda value: "true" if value else "false")
    if is_type.is_integer(kind):
        return mapped(array, str)
    if is_type.is_floating(kind):
        return mapped(array, lambda value: float_cell(float(value)))
    if is_type.is_decimal(kind):
        return mapped(array, decimal_cell)
    if is_type.is_date32(kind):
        return mapped(array.view(pa.int32()), str)
    if is_type.is_time32(kind):
        return mapped(array.view(pa.int32()), str)
    if is_type.is_timestamp(kind) or is_type.is_time64(kind):
        return mapped(array.view(pa.int64()), str)
    if is_type.is_null(kind):
        return [None] * len(array)
    if is_type.is_string_view(kind):
        return cells(array.cast(pa.binary_view()))
    if is_type.is_string(kind) or is_type.is_large_string(kind):
        return cells(array.view(pa.large_binary() if is_type.is_large_string(kind) else pa.binary()))
    return mapped(array, lambda value: value.hex())  # bytes; anything else has no hex() and fails


def mapped(array, text):
    return [None if value is None else text(value) for value in array.to_pylist()]


def difference(got, want):
    """Where two lists of cells differ first, in words; None where they do not."""
    if got == want:
        return None
    row = next((i for i in range(min(len(got), len(want))) if got[i] != want[i]), None)
    if row is None:
        return f"{len(got)} rows, not {len(want)}"
    return f"row {row} is {got[row]}, not {want[row]}"


def write_cells(path, columns):
    """Writes lines of JSON, one a column: its name, its type as Hindcast names it, its cells."""
    with open(path, "w") as file:
        for name, type_name, values in columns:
            file.write(json.dumps({"name": name, "type": type_name, "cells": values}) + "\n")
