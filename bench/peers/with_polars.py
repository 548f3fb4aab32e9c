"""Peer: Polars. One argument: JSON with events, versions, output, engine ("in-memory" or "streaming")."""

import json
import sys

import polars as pl

VERSIONS = ["orders", "spent", "trend", "tier", "known_at"]


def main(task):
    # Files in the order of their names, rows in file order: a stable sort by time is then (time, file, row).
    events = pl.concat([pl.scan_parquet(path) for path in task["events"]])
    columns = events.collect_schema().names()
    versions = pl.scan_parquet(task["versions"]).with_columns(pl.col("known_at").alias("at")).sort("at")
    samples = (
        events.sort("event_time", maintain_order=True)
        .join_asof(
            versions,
            left_on="event_time",
            right_on="at",
            by="user_id",
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .select(columns + VERSIONS)
    )
    if task["engine"] == "streaming":
        samples.sink_parquet(task["output"], compression="snappy", maintain_order=True, engine="streaming")
    else:
        samples.collect(engine="in-memory").write_parquet(task["output"], compression="snappy")


main(json.loads(sys.argv[1]))
