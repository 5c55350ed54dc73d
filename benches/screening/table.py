"""The table of the measurements: table.py RESULTS.tsv."""

import csv
import statistics
import sys
from collections import defaultdict

YARDSTICK = "DuckDB by hand"


def main():
    runs = defaultdict(list)
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        for name, threads, patients, side, seconds, busy, peak in csv.reader(file, delimiter="\t"):
            runs[name, threads, side].append((int(patients), float(seconds), float(busy), int(peak)))

    def rates(of):
        return [patients / seconds for patients, seconds, _, _ in of]

    yardsticks = {
        (threads, side): statistics.median(rates(of))
        for (name, threads, side), of in runs.items()
        if name.startswith(YARDSTICK)
    }
    heads = ("", "threads", "patients/s: least", "median", "CPU us each", "peak MB", "ratio")
    print(f"{heads[0]:<34}{heads[1]:>8}{heads[2]:>20}{heads[3]:>12}{heads[4]:>14}{heads[5]:>10}{heads[6]:>9}")
    # The sides in the order of the runs; in each by threads, and the yardstick after what is measured by it.
    sides = list(dict.fromkeys(side for _, _, side in runs))
    order = sorted(runs, key=lambda run: (sides.index(run[2]), run[1], run[0].startswith(YARDSTICK)))
    for name, threads, side in order:
        of = runs[name, threads, side]
        all_rates = rates(of)
        busy = statistics.median(busy / patients * 1e6 for patients, _, busy, _ in of)
        yardstick = yardsticks.get((threads, side))
        ratio = f"{statistics.median(all_rates) / yardstick:.3g}" if yardstick else "-"
        print(
            f"{name:<34}{threads:>8}{min(all_rates):>20,.0f}{statistics.median(all_rates):>12,.0f}{busy:>14.2f}"
            f"{max(peak for *_, peak in of) / 1024:>10,.0f}{ratio:>9}"
        )
    print()
    print(f"ratio: patients/s, medians, over those of {YARDSTICK} with the same threads and file format; above 1 is faster.")
    print("CPU us each: microseconds of processor a patient, all threads together, the median; least hurt by a busy machine.")


main()
