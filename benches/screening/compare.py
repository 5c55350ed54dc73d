"""Whether answers are those of `trialc screen -o REFERENCE.csv`: compare.py REFERENCE.csv ANSWERS NAME [some].

ANSWERS is Parquet or CSV; with `some` it may leave out criteria and the verdict, and they are named.
"""

import sys

import duckdb


def main():
    reference, answers, name = sys.argv[1:4]
    some = sys.argv[4:] == ["some"]
    base = duckdb.connect()
    source = f"read_parquet('{answers}')" if answers.endswith(".parquet") else f"read_csv('{answers}', header = true)"
    base.execute(f"CREATE VIEW ours AS SELECT * FROM read_csv('{reference}', header = true, all_varchar = true)")
    base.execute(f"CREATE VIEW theirs AS SELECT * FROM {source}")
    columns = [row[0] for row in base.execute("DESCRIBE ours").fetchall()]
    criteria = [column.removeprefix("criterion_") for column in columns if column.startswith("criterion_")]
    theirs = [row[0] for row in base.execute("DESCRIBE theirs").fetchall()]
    missing = set(criteria) - set(theirs)
    if some:
        criteria = [one for one in criteria if one in theirs]
    elif missing:
        sys.exit(f"{name}: no answers to {', '.join(sorted(missing))}")
    (patients,), (joined,) = (
        base.execute(query).fetchone()
        for query in ("SELECT count(*) FROM ours", "SELECT count(*) FROM ours JOIN theirs ON patient = id")
    )
    if not patients:
        sys.exit(f"{name}: no patients to compare")
    if joined != patients or base.execute("SELECT count(*) FROM theirs").fetchone() != (patients,):
        sys.exit(f"{name}: other patients than those of trialc")
    word = "CASE theirs.\"{0}\" WHEN true THEN 'met' WHEN false THEN 'not_met' ELSE 'unknown' END"
    asked = {} if some else {"verdict": ("ours.verdict", "theirs.verdict")}
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
    covered = f"the criteria {', '.join(criteria)}" if some else f"{len(criteria)} criteria, and the verdicts,"
    print(f"  {name}: {states} states of {patients} patients and {covered} are trialc's")


main()
