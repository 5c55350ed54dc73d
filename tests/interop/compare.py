"""Asks one protocol's query of one engine, and compares every criterion and verdict with the results of `trialc screen`.

usage: compare.py ENGINE FACTS DDL QUERY RESULTS [open]
FACTS is a folder of CSV files as `trialc facts` writes them, RESULTS a CSV file of `trialc screen`. With `open` the patients
are beyond what a query goes through (docs/warehouse.md): it may say unknown where `trialc screen` knows, and nothing false.
"""

import atexit
import csv
import os
import shutil
import sys
import tempfile
import time

TABLES = ["patients", "anchors", "results", "occurrences", "absences", "complete", "unmapped", "answers", "given"]


def duckdb_rows(facts, ddl, query):
    import duckdb

    base = duckdb.connect()
    base.execute(ddl)
    for table in TABLES:
        path = os.path.join(facts, table + ".csv")
        if os.path.exists(path):
            base.execute(f"COPY {table} FROM '{path}' (HEADER, NULLSTR '', FORCE_NOT_NULL (patient))")
    asked = base.execute(query)
    return [column[0] for column in asked.description], asked.fetchall()


def postgres_rows(facts, ddl, query):
    import psycopg

    with psycopg.connect(os.environ["WAREHOUSE_POSTGRES"]) as base:
        base.execute("DROP SCHEMA public CASCADE")
        base.execute("CREATE SCHEMA public")
        base.execute(ddl)
        for table in TABLES:
            path = os.path.join(facts, table + ".csv")
            if os.path.exists(path):
                with open(path, "rb") as rows, base.cursor().copy(
                    f"COPY {table} FROM STDIN (FORMAT csv, HEADER, FORCE_NOT_NULL (patient))"
                ) as into:
                    into.write(rows.read())
        base.execute("ANALYZE")
        # It does not know how large named queries are, and would go through them row by row.
        base.execute("SET enable_nestloop = off")
        base.execute("SET jit = off")
        asked = base.execute(query)
        return [column.name for column in asked.description], asked.fetchall()


def spark_rows(facts, ddl, query):
    from pyspark.sql import SparkSession

    # Steps are tables, in a folder of its own. A protocol is a few hundred small jobs, which the second compiler of Java would
    # not pay for. Another zone than the data's: times of the local calendar must not be moved by it.
    warehouse = tempfile.mkdtemp(prefix="trialc-spark-")
    atexit.register(shutil.rmtree, warehouse, ignore_errors=True)
    base = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.default.parallelism", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.warehouse.dir", warehouse)
        .config("spark.sql.session.timeZone", "America/New_York")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .getOrCreate()
    )
    base.sparkContext.setLogLevel("ERROR")
    for statement in ddl.split("CREATE TABLE ")[1:]:
        table, _, rest = statement.partition(" (")
        columns = []
        for line in rest.split("\n);")[0].splitlines()[1:] if rest.startswith("\n") else rest.splitlines():
            line = line.split("--")[0].strip().rstrip(",")
            if line and not line.startswith(")"):
                columns.append(line.replace(" NOT NULL", ""))
        path = os.path.join(facts, table + ".csv")
        if not os.path.exists(path):
            path = None
        schema = ", ".join(columns)
        frame = (
            base.read.option("timestampNTZFormat", "yyyy-MM-dd HH:mm:ss").csv(
                path, header=True, schema=schema, multiLine=True, escape='"'
            )
            if path
            else base.createDataFrame([], schema)
        )
        frame.coalesce(1).cache().createOrReplaceTempView(table)
    *steps, last = query.rstrip().rstrip(";").split("\n;\n")
    for step in steps:
        base.sql(step)
    asked = base.sql(last)
    return asked.columns, [tuple(row) for row in asked.collect()]


ENGINES = {"duckdb": duckdb_rows, "postgres": postgres_rows, "spark": spark_rows}


def main():
    engine, facts, ddl, query, results = sys.argv[1:6]
    may_be_open = sys.argv[6:] == ["open"]
    ddl, query = (open(path, encoding="utf-8").read() for path in (ddl, query))
    begun = time.time()
    columns, rows = ENGINES[engine](facts, ddl, query)
    took = time.time() - begun
    found = {row[0]: dict(zip(columns, row)) for row in rows}
    states, verdicts, left_open, differences = 0, 0, 0, []
    # A record may hold a long text.
    csv.field_size_limit(10**8)
    with open(results, encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    if len(wanted) != len(rows):
        differences.append(f"{len(rows)} patients, where {len(wanted)} were screened")
    for row in wanted:
        patient = found.get(row["patient"])
        if patient is None:
            differences.append(f"{row['patient']}: no row")
            continue
        verdicts += 1
        if may_be_open and patient["verdict"] == "undetermined" != row["verdict"]:
            left_open += 1
        elif patient["verdict"] != row["verdict"]:
            differences.append(f"{row['patient']}: {patient['verdict']}, and {row['verdict']} by screen")
        for column, state in row.items():
            if not column.startswith("criterion_"):
                continue
            name = column.removeprefix("criterion_")
            if patient.get(name + "__applies", True) is False:
                said = "not_applicable"
            else:
                said = {True: "met", False: "not_met", None: "unknown"}[patient[name]]
            states += 1
            if may_be_open and said == "unknown" != state:
                left_open += 1
            elif said != state:
                differences.append(f"{row['patient']}, {name}: {said}, and {state} by screen")
    print(f"  {engine}: {states} states and {verdicts} verdicts of {len(wanted)} patients, {len(differences)} differ, {took:.1f} s")
    if may_be_open:
        print(f"    {left_open} left unknown, beyond what a query goes through")
    for line in differences[:40]:
        print("    " + line)
    sys.exit(1 if differences or not wanted else 0)


main()
