"""Peer: Flink. One argument: JSON with events (a folder), versions (a folder), output (a folder), watermarkSeconds.

Prints the seconds until the environment was up. Event-time temporal join of two bounded CSV sources in streaming mode,
as a live job would run it: events behind the watermark find the versions of their time cleaned away.
"""

import json
import sys
import time

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment

EVENTS = """
    event_time BIGINT, user_id BIGINT, item_id BIGINT, seller_id BIGINT, scene STRING, device STRING, price DOUBLE,
    score DOUBLE, discount DOUBLE, dwell DOUBLE, bid DOUBLE, ctr DOUBLE, `position` INT, quantity INT, flags INT"""
VERSIONS = "orders BIGINT, spent DOUBLE, trend DOUBLE, tier INT, known_at BIGINT"


def names(columns):
    return [part.split()[0] for part in columns.replace("\n", " ").split(",")]


def main(task):
    started = time.monotonic()
    configuration = Configuration()
    configuration.set_string("parallelism.default", "2")
    settings = EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration).build()
    tables = TableEnvironment.create(settings)
    print(json.dumps({"startSeconds": time.monotonic() - started}), flush=True)

    csv = "'connector' = 'filesystem', 'format' = 'csv', 'csv.null-literal' = ''"
    delay = f"INTERVAL '{task['watermarkSeconds']}' SECOND"
    # An event does not see a version of its own millisecond.
    tables.execute_sql(
        f"""CREATE TABLE events ({EVENTS}, seen_at AS TO_TIMESTAMP_LTZ(event_time - 1, 3),
        WATERMARK FOR seen_at AS seen_at - {delay})
        WITH ({csv}, 'path' = '{task["events"]}')"""
    )
    tables.execute_sql(
        f"""CREATE TABLE versions (user_id BIGINT, {VERSIONS}, valid_at AS TO_TIMESTAMP_LTZ(known_at, 3),
        WATERMARK FOR valid_at AS valid_at, PRIMARY KEY (user_id) NOT ENFORCED) WITH ({csv}, 'path' = '{task["versions"]}')"""
    )
    tables.execute_sql(f"CREATE TABLE samples ({EVENTS}, {VERSIONS}) WITH ({csv}, 'path' = '{task['output']}')")
    columns = [f"e.{name}" for name in names(EVENTS)] + [f"v.{name}" for name in names(VERSIONS)]
    tables.execute_sql(
        f"""INSERT INTO samples SELECT {", ".join(columns)} FROM events e
        LEFT JOIN versions FOR SYSTEM_TIME AS OF e.seen_at AS v ON e.user_id = v.user_id"""
    ).wait()


main(json.loads(sys.argv[1]))
