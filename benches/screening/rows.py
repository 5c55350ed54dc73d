"""The same criteria as most would write them: one patient at a time with pandas. rows.py WIDE.parquet OUT.parquet.

Prints the seconds, and those of the processor, without the imports. None is unknown. What the words of a row mean stands in
basiliximab_cadm.sql.
"""

import sys
import time

import pandas as pd

DAY = pd.Timedelta(days=1)


def both(*truths):
    return False if False in truths else None if None in truths else True


def either(*truths):
    return True if True in truths else None if None in truths else False


def negated(truth):
    return None if truth is None else not truth


def at_least(number, *truths):
    if truths.count(True) >= number:
        return True
    return None if truths.count(True) + truths.count(None) >= number else False


def compared(value, holds):
    return None if value is None else holds(value)


def above_limit(value, limit, times):
    return None if value is None or limit is None else value > times * limit


def years_between(birth, day):
    years = day.year - birth.year
    return years - (day < birth + pd.DateOffset(years=years))


def ckd_epi(female, creatinine, age):
    """CKD-EPI 2021, Inker 2021, doi:10.1056/NEJMoa2102953."""
    ratio = creatinine * 113.12 / 10_000 / (0.7 if female else 0.9)
    result = 142 * min(ratio, 1) ** (-0.241 if female else -0.302) * max(ratio, 1) ** -1.2 * 0.9938**age
    return result * 1.012 if female else result


def low_egfr(row, age):
    recorded, creatinine = row["eGFR [mL/min/{1.73_m2}]"], row["creatinine [umol/L]"]
    if recorded is not None:
        return recorded < 60
    if creatinine is None or age is None:
        return None
    sexes = [True, False] if row["sex"] is None else [row["sex"] == "female"]
    answers = {ckd_epi(female, creatinine, age) < 60 for female in sexes}
    return answers.pop() if len(answers) == 1 else None


def history(row, names, classes=(), complete=None, now=False, reason=None):
    """Whether one of these things was there; `classes` are those of which a "no" denies each of them."""
    day = row["screening"]
    unsure = False
    for name, above in names:
        if row[name] is not True or row[f"{name}_start"] > day:
            continue
        until = row[f"{name}_end"]
        if now and until is not None and until < day:
            continue
        if above is None or (reason and row[f"{name}_reason"] is None):
            # It may be the thing that is asked about, or for the reason.
            unsure = True
        elif reason is None or row[f"{name}_reason"] == reason:
            if until is None or until > day or not any(row[one] is False for one in above):
                return True
            # A "no" of the whole class contradicts it, and says nothing of the other members.
            unsure = True
    if unsure:
        return None
    silent = any(row[one] is False for one in classes) or complete in (row["complete"] or "").split()
    return False if silent else None


def recent(row):
    screening, randomization = row["screening"], row["randomization"]
    names = ("dermatomyositis", "clinically_amyopathic_dermatomyositis", "juvenile_dermatomyositis")
    onsets = [row[f"{name}_start"] for name in names if row[name] is True]
    last_day = max(row["as_of"] or screening, screening)
    until = min(screening + 28 * DAY, last_day) if randomization is None else randomization
    if not onsets:
        conditions = "conditions" in (row["complete"] or "").split()
        known = last_day if conditions else screening if row["dermatomyositis"] is False else None
        return False if known is not None and until <= known else None
    onset = min(onsets)
    if randomization is not None:
        return randomization - 56 * DAY <= onset <= randomization
    if screening - 28 * DAY <= onset <= screening:
        return True
    return False if onset < screening - 56 * DAY or onset > until else None


def criteria(row):
    row = {name: None if pd.isna(value) else value for name, value in row.items()}
    age = compared(row["birth"], lambda birth: years_between(birth, row["screening"]))
    infections = [
        ("AIDS", ("HIV_infection", "infection")), ("HIV_infection", ("infection",)), ("hepatitis_C", ("infection",)),
        ("infection", ()), ("tuberculosis", ("infection",)),
    ]
    drugs = {
        "immunosuppressant": ("antithymocyte_globulin", "mercaptopurine"), "targeted_therapy": ("abatacept", "ipilimumab"),
    }
    treated = [
        history(row, [(one, (of,)) for one in members] + [(of, ())], (of,), "medications", reason="dermatomyositis")
        for of, members in drugs.items()
    ]
    includes = {
        "age": compared(age, lambda age: 18 <= age <= 65),
        "diagnosis": row["diagnosis"],
        "agrees_contraception": row["contraception"],
        "low_CK": negated(above_limit(row["CK [U/L]"], row["CK_uln"], 1.5)),
        "interstitial_pneumonia": at_least(
            2,
            compared(row["HRCT_interstitial_pneumonia"], lambda word: word == "present"),
            compared(row["DLCO_percent [%predicted]"], lambda value: value <= 60),
            above_limit(row["KL6 [U/mL]"], row["KL6_uln"], 1),
            compared(row["anti_MDA5"], lambda word: word == "positive"),
        ),
        "recent": recent(row),
    }
    excludes = {
        "previous_treatment": either(*treated),
        "active_infection": both(
            history(row, infections, ("infection",), "conditions", now=True),
            row["the infection is clinically significant and active"],
        ),
        "HIV": either(
            history(row, [*infections[:2], ("infection", None)], ("HIV_infection", "infection"), "conditions"),
            row["HIV_antibody"] == "positive",
        ),
        "hepatitis": either(*(compared(row[of], lambda word: word == "positive") for of in ("HBsAg", "HCV_antibody"))),
        "active_tuberculosis": history(
            row, [infections[4], ("infection", None)], ("tuberculosis", "infection"), "conditions", now=True
        ),
        "renal": either(
            compared(row["creatinine [umol/L]"], lambda value: value > 300),
            low_egfr(row, age),
            history(row, [("end_stage_renal_disease", ())], ("end_stage_renal_disease",), "conditions", now=True),
        ),
        "hepatic": either(
            above_limit(row["ALT [U/L]"], row["ALT_uln"], 2),
            above_limit(row["AST [U/L]"], row["AST_uln"], 2),
            above_limit(row["bilirubin [umol/L]"], row["bilirubin_uln"], 2),
        ),
        "cancer": history(
            row,
            [("NSCLC", ("malignancy",)), ("kaposi_sarcoma", ("malignancy",)), ("malignancy", ())],
            ("malignancy",),
            "conditions",
        ),
    }
    passed = both(*includes.values(), *(negated(truth) for truth in excludes.values()))
    verdict = {True: "eligible", False: "ineligible", None: "undetermined"}[passed]
    return {"id": row["id"], "verdict": verdict, **includes, **excludes}


def main():
    wide, out = sys.argv[1:]
    begin, busy = time.perf_counter(), time.process_time()
    patients = pd.read_parquet(wide)
    for name in patients.columns:
        if name in ("birth", "as_of", "screening", "randomization") or name.endswith(("_start", "_end")):
            patients[name] = pd.to_datetime(patients[name])
    answers = pd.DataFrame(patients.apply(criteria, axis=1).tolist())
    truths = answers.columns.drop(["id", "verdict"])
    answers[truths] = answers[truths].astype("boolean")
    answers.to_parquet(out)
    print(time.perf_counter() - begin, time.process_time() - busy)


main()
