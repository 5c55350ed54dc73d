"""Whether answers are those of `trialc screen -o REFERENCE.csv`: compare.py REFERENCE.csv ANSWERS.parquet NAME."""

import sys

import duckdb


def main():
    reference, answers, name = sys.argv[1:]
    base = duckdb.connect()
    base.execute(f"CREATE VIEW ours AS SELECT * FROM read_csv('{reference}', header = true, all_varchar = true)")
    base.execute(f"CREATE VIEW theirs AS SELECT * FROM read_parquet('{answers}')")
    columns = [row[0] for row in base.execute("DESCRIBE ours").fetchall()]
    criteria = [column.removeprefix("criterion_") for column in columns if column.startswith("criterion_")]
    missing = set(criteria) - {row[0] for row in base.execute("DESCRIBE theirs").fetchall()}
    if missing:
        sys.exit(f"{name}: no answers to {', '.join(sorted(missing))}")
    (patients,), (joined,) = (
        base.execute(query).fetchone()
        for query in ("SELECT count(*) FROM ours", "SELECT count(*) FROM ours JOIN theirs ON patient = id")
    )
    if joined != patients or base.execute("SELECT count(*) FROM theirs").fetchone() != (patients,):
        sys.exit(f"{name}: other patients than those of trialc")
    word = "CASE theirs.\"{0}\" WHEN true THEN 'met' WHEN false THEN 'not_met' ELSE 'unknown' END"
    asked = {"verdict": ("ours.verdict", "theirs.verdict")}
    asked |= {one: (f'ours."criterion_{one}"', word.format(one)) for one in criteria}
    wrong = 0
    for one, (left, right) in asked.items():
        differing = base.execute(
            f"SELECT patient, {left}, {right} FROM ours JOIN theirs ON patient = id "
            f"WHERE {left} IS DISTINCT FROM {right} ORDER BY patient"
        ).fetchall()
        wrong += len(differing)
        for patient, left, right in differing[:3]:
            print(f"{name}: {one} of {patient}: trialc says {left}, {name} {right}", file=sys.stderr)
        if len(differing) > 3:
            print(f"{name}: {one}: {len(differing)} differ in all", file=sys.stderr)
    if wrong:
        sys.exit(f"{name}: {wrong} states differ; nothing is timed")
    states = patients * len(criteria)
    print(f"{name}: {states} states of {patients} patients and {len(criteria)} criteria, and the verdicts, are trialc's")


main()
