"""Answers of the hand-written SQL in DuckDB: duck.py SQL WIDE OUT.parquet THREADS.

Prints the seconds, and those of the processor, without the imports.
"""

import sys
import time

import duckdb

TRUTHS = """diagnosis contraception dermatomyositis immunosuppressant targeted_therapy infection HIV_infection tuberculosis
    end_stage_renal_disease malignancy clinically_amyopathic_dermatomyositis juvenile_dermatomyositis
    antithymocyte_globulin mercaptopurine abatacept ipilimumab AIDS hepatitis_C NSCLC kaposi_sarcoma""".split()
TRUTHS.append("the infection is clinically significant and active")
DATES = ("birth", "as_of", "screening", "randomization")


def type_of(column):
    """The type that the column has in the Parquet file."""
    if column in TRUTHS:
        return "BOOLEAN"
    if column in DATES or column.endswith(("_start", "_end")):
        return "DATE"
    return "DOUBLE" if "[" in column or column.endswith("_uln") else "VARCHAR"


def source(path):
    """The wide table, of either format."""
    if path.endswith(".parquet"):
        return f"read_parquet('{path}')"
    with open(path, encoding="utf-8") as table:
        header = table.readline().rstrip("\n").split(",")
    types = {column: type_of(column) for column in header}
    return f"read_csv('{path}', header = true, delim = ',', columns = {types})"


def main():
    sql, wide, out, threads = sys.argv[1:]
    begin, busy = time.perf_counter(), time.process_time()
    with open(sql, encoding="utf-8") as file:
        statements = file.read()
    base = duckdb.connect()
    base.execute(f"SET threads = {int(threads)}")
    # What does not fit into memory goes beside the answers, which are thrown away.
    base.execute(f"SET temp_directory = '{out}.spill'")
    base.execute(f"CREATE TEMP VIEW patients AS SELECT * FROM {source(wide)}")
    base.execute(statements)
    base.execute(f"COPY (SELECT * FROM answers) TO '{out}' (FORMAT parquet)")
    print(time.perf_counter() - begin, time.process_time() - busy)


main()
