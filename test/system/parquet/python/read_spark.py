"""Reads the files that own-files.ts has written, by Spark, and prints what is not as written.

    read_spark.py FOLDER

The last line of stdout is JSON: {"files": count, "complaints": [text, …]}. Compared: values, with page checksums
verified, and the rows of a range of each rising column, from a copy without the pages that the column index rules out.
"""

import json
import sys

from cells import cells, difference
from pyspark.sql.functions import col
from spark_session import spark_session

# Spark has no decoder of its own for Brotli.
WITHOUT = ("BROTLI",)


def main(folder):
    spark = spark_session(folder)
    complaints = []
    with open(f"{folder}/files.json") as file:
        files = [entry for entry in json.load(file) if not entry["path"].startswith(WITHOUT)]
    for entry in files:
        with open(f"{folder}/{entry['cells']}") as file:
            known = [json.loads(line) for line in file]
        found = list(compared(spark.read.parquet(f"{folder}/{entry['path']}"), known))
        if entry["remnants"] is not None:
            found += compare_ranges(spark, folder, entry, known)
        complaints += [f"{entry['path']}: {text}" for text in found]
    spark.stop()
    print(json.dumps({"files": len(files), "complaints": complaints}))


def compared(frame, known):
    table = frame.toArrow()
    if table.column_names != [column["name"] for column in known]:
        yield f"columns are {table.column_names}"
        return
    for column in known:
        wrong = difference(cells(table[column["name"]]), spark_cells(column))
        if wrong is not None:
            yield f"{column['name']}: {wrong}"


def spark_cells(column):
    """Spark's times have microseconds; nanoseconds come as whole numbers."""
    if not column["type"].startswith("timestamp[ms"):
        return column["cells"]
    return [None if cell is None else str(int(cell) * 1000) for cell in column["cells"]]


def compare_ranges(spark, folder, entry, known):
    remnant = entry["remnants"]["pages"]
    whole = spark.read.parquet(f"{folder}/{entry['path']}").toArrow()
    for column in known:
        name = column["name"]
        if not name.startswith("up_"):
            continue
        picked = whole[name].slice(remnant["from"], remnant["to"] - remnant["from"]).drop_null()
        low, high = picked[0].as_py(), picked[-1].as_py()
        # Spark hands no condition on a time without a zone to the reader.
        path = entry["path"] if column["type"] == "timestamp[us]" else remnant["path"]
        frame = spark.read.parquet(f"{folder}/{path}").select(name)
        try:
            table = frame.where((col(name) >= low) & (col(name) <= high)).toArrow()
            wrong = difference(cells(table[name]), cells(picked))
        except Exception as error:  # a page was read that is not there
            wrong = str(error)[:300]
        if wrong is not None:
            yield f"{name} in a range: {wrong}"


main(sys.argv[1])
