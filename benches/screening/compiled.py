"""Answers of the SQL that trialc compiles, in DuckDB: compiled.py TABLES.sql QUERY.sql FOLDER OUT.parquet THREADS.

Prints the seconds, and those of the processor, without the imports.
"""

import os
import sys
import time

import duckdb


def main():
    tables, query, folder, out, threads = sys.argv[1:]
    begin, busy = time.perf_counter(), time.process_time()
    base = duckdb.connect()
    base.execute(f"SET threads = {int(threads)}")
    # What does not fit into memory goes beside the answers, which are thrown away.
    base.execute(f"SET temp_directory = '{out}.spill'")
    with open(tables, encoding="utf-8") as file:
        base.execute(file.read())
    for (table,) in base.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        path = os.path.join(folder, f"{table}.parquet")
        if os.path.exists(path):
            base.execute(f'DROP TABLE "{table}"')
            base.execute(f"CREATE VIEW \"{table}\" AS SELECT * FROM read_parquet('{path}')")
    with open(query, encoding="utf-8") as file:
        asked = file.read().rstrip().rstrip(";")
    base.execute(f"COPY (SELECT patient AS id, * EXCLUDE (patient) FROM ({asked})) TO '{out}' (FORMAT parquet)")
    print(time.perf_counter() - begin, time.process_time() - busy)


main()
