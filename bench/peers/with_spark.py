"""Peer: Spark. One argument: JSON with events, versions, output, scratch. Prints the seconds until the session was up.

Spark has no as-of join: events and versions of a user are put into one order, and each event takes the last version
before it. At the same time the event comes first, so that it does not see that version.
"""

import json
import sys
import time

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

VERSIONS = ["orders", "spent", "trend", "tier", "known_at"]


def main(task):
    started = time.monotonic()
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "8g")
        .config("spark.local.dir", task["scratch"])
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    print(json.dumps({"startSeconds": time.monotonic() - started}), flush=True)

    events = None
    for ordinal, path in enumerate(task["events"]):
        part = spark.read.parquet(path).select(
            "*", F.lit(ordinal).alias("file"), F.col("_metadata.row_index").alias("row")
        )
        events = part if events is None else events.unionAll(part)
    columns = [name for name in events.columns if name not in ("file", "row")]
    version = F.struct(*VERSIONS).alias("version")
    versions = spark.read.parquet(task["versions"]).select("user_id", version, F.col("known_at").alias("at"))

    both = events.select("*", F.lit(None).cast(versions.schema["version"].dataType).alias("version"))
    both = both.withColumn("at", F.col("event_time")).withColumn("kind", F.lit(0))
    both = both.unionByName(versions.withColumn("kind", F.lit(1)), allowMissingColumns=True)
    before = Window.partitionBy("user_id").orderBy("at", "kind").rowsBetween(Window.unboundedPreceding, 0)
    joined = both.withColumn("found", F.last("version", ignorenulls=True).over(before)).where("kind = 0")
    samples = joined.orderBy("event_time", "file", "row").select(
        *columns, *[F.col(f"found.{name}").alias(name) for name in VERSIONS]
    )
    samples.write.option("compression", "snappy").parquet(task["output"])
    spark.stop()


main(json.loads(sys.argv[1]))
