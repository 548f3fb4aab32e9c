"""Writes files by Spark: its types × codecs × writer versions, and its old ways of writing times and decimals.

    write_spark.py FOLDER

Leaves FOLDER/*.parquet, FOLDER/*.cells (see cells.py) and FOLDER/files.json: which file has which cells.
"""

import glob
import json
import os
import shutil
import sys

import pyarrow as pa
from arrow_tables import NULLS, ROWS, make_table
from cells import cells, write_cells
from spark_session import spark_session

COLUMNS = {
    "bool": "bool", "int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64",
    "float32": "float32", "float64": "float64",
    "decimal5_2": "decimal(5,2)", "decimal9_2": "decimal(9,2)", "decimal18_4": "decimal(18,4)",
    "decimal38": "decimal(38,10)", "date": "date", "us": "timestamp[us]", "us_utc": "timestamp[us, UTC]",
    "text": "utf8", "blob": "binary", "sorted64": "int64",
}  # fmt: skip
CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "lz4_raw"]
DAY_US = 86_400 * 10**6


def main(folder):
    spark = spark_session(folder)
    tables = {
        "nullable": make_table(ROWS, NULLS, 1).select(list(COLUMNS)),
        "full": make_table(ROWS, 0, 2).select(list(COLUMNS)),
        "empty": make_table(0, NULLS, 3).select(list(COLUMNS)),
    }
    frames = {name: spark.createDataFrame(table).coalesce(1).cache() for name, table in tables.items()}
    files = []
    for name, table in tables.items():
        for version in ("PARQUET_1_0", "PARQUET_2_0"):
            for codec in CODECS if name == "nullable" else ["snappy"]:
                # Without dictionaries the second version has encodings of its own.
                coded = codec != "zstd"
                options = {"compression": codec, "parquet.writer.version": version, "parquet.enable.dictionary": coded}
                files.append(write(folder, frames[name], name, f"{codec}-{version[8]}", options, table, COLUMNS))
    files += old_ways(spark, folder, tables["nullable"], frames["nullable"])
    with open(f"{folder}/files.json", "w") as file:
        json.dump({"writer": f"Spark {spark.version}", "files": files}, file)
    spark.stop()


def write(folder, frame, name, variant, options, table, types):
    """One file, from the one part that Spark makes of it; several pages a row group."""
    parts = f"{folder}/parts"
    writer = frame.write.mode("overwrite").option("parquet.page.row.count.limit", "60")
    for key, value in options.items():
        writer = writer.option(key, value)
    writer.parquet(parts)
    (part,) = glob.glob(f"{parts}/*.parquet")
    path = f"{name}-{variant}.parquet"
    os.replace(part, f"{folder}/{path}")
    shutil.rmtree(parts)
    columns = [(key, kind, [] if kind.startswith("-") else cells(table[key])) for key, kind in types.items()]
    write_cells(f"{folder}/{path}.cells", columns)
    return {"path": path, "cells": f"{path}.cells"}


def old_ways(spark, folder, table, frame):
    """INT96, milliseconds, and decimals as bytes of fixed length, which were all Spark's default once."""
    files = []
    decimals = {name: kind for name, kind in COLUMNS.items() if "decimal" in name}
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "true")
    for version in ("PARQUET_1_0", "PARQUET_2_0"):
        for coded in (True, False):
            options = {"parquet.writer.version": version, "parquet.enable.dictionary": coded}
            variant = f"legacy-{coded}-{version[8]}".lower()
            files.append(write(folder, frame.select(list(decimals)), "decimals", variant, options, table, decimals))
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "false")

    ticks = table["us"].combine_chunks().view(pa.int64()).to_pylist()
    # 1678 to 2262, as nanoseconds in an int64 go no further; whole milliseconds
    near = [None if tick is None else tick // 1000 * 1000 % (200_000 * DAY_US) - 100_000 * DAY_US for tick in ticks]
    times = {unit: times_table(near, scale, unit) for unit, scale in (("ns", 1000), ("us", 1), ("ms", 0.001))}
    for kind, unit, expected in (("INT96", "ns", "timestamp[ns]"), ("TIMESTAMP_MILLIS", "ms", "timestamp[ms, UTC]")):
        spark.conf.set("spark.sql.parquet.outputTimestampType", kind)
        source = spark.createDataFrame(times["us"]).coalesce(1)
        for version in ("PARQUET_1_0", "PARQUET_2_0"):
            options = {"parquet.writer.version": version}
            variant = f"{kind.lower()}-{version[8]}"
            files.append(write(folder, source, "times", variant, options, times[unit], {"time": expected}))
    return files


def times_table(ticks, scale, unit):
    values = [None if tick is None else round(tick * scale) for tick in ticks]
    return pa.table({"time": pa.array(values, pa.int64()).view(pa.timestamp(unit, "UTC"))})


main(sys.argv[1])
