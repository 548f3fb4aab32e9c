"""Writes files by Polars, of the same values as write_arrow.py: codecs × nullability.

    write_polars.py FOLDER

Leaves FOLDER/*.parquet, FOLDER/*.cells (see cells.py) and FOLDER/files.json: which file has which cells.
"""

import json
import sys

import polars as pl
from arrow_tables import COLUMNS, NULLS, ROWS, make_table
from cells import cells, write_cells

CODECS = ["uncompressed", "snappy", "gzip", "zstd", "lz4", "brotli"]
# What Polars has no type for, or changes on its way in.
WITHOUT = {"decimal50", "json", "uuid", "fixed3", "fixed16", "time_ms", "time_us", "time_ns", "decimal38_large", "dictionary"}


def main(folder):
    files = []
    for name, rows, nulls in (("nullable", ROWS, NULLS), ("full", ROWS, 0), ("nulls", ROWS, 1), ("empty", 0, 0), ("one", 1, 0)):
        table = make_table(rows, nulls, 1)
        columns = [column for column in COLUMNS if column[0] not in WITHOUT]
        frame = pl.from_arrow(table.select([column[0] for column in columns]))
        known = [(column[0], column[2], [] if column[2].startswith("-") else cells(table[column[0]])) for column in columns]
        texts = cells(table["text"])
        frame = frame.with_columns(
            pl.col("text").cast(pl.Categorical).alias("categorical"),
            pl.col("bool").cast(pl.String).cast(pl.Enum(["true", "false"])).alias("enum"),
            pl.col("uint8").cast(pl.Int64).cast(pl.Time).alias("time"),
        )
        flags = [None if cell is None else cell.encode().hex() for cell in cells(table["bool"])]
        known += [("categorical", "utf8", texts), ("enum", "utf8", flags), ("time", "time[ns]", cells(table["uint8"]))]
        write_cells(f"{folder}/{name}.cells", known)
        for codec in CODECS if rows > 1 else CODECS[:2]:
            path = f"{name}-{codec}.parquet"
            options = {"row_group_size": 200, "data_page_size": 256, "statistics": "full"}
            frame.write_parquet(f"{folder}/{path}", compression=codec, **options)
            files.append({"path": path, "cells": f"{name}.cells"})
    with open(f"{folder}/files.json", "w") as file:
        json.dump({"writer": f"Polars {pl.__version__}", "files": files}, file)


main(sys.argv[1])
