-- protocols/basiliximab_cadm.trial, written by hand as three-valued SQL over a table `patients` with a row a patient: the wide
-- table that `trialc generate` writes with `--nasty 0`, where every date is exact and each "yes" has its beginning.
--
-- True is met, false not met, null unknown. Silence is a "no" only where the row says so: by a "no" of the thing or of a
-- class above it, which holds up to the screening, or by a kind of record that `complete` names. A member of a class that ended
-- by the screening contradicts a "no" of the class: it may or may not be there, and says nothing of the other members.

-- There by a day, and there on a day.
CREATE TEMP MACRO had(it, since, day) AS it AND since <= day;
CREATE TEMP MACRO has(it, since, until, day) AS it AND since <= day AND (until IS NULL OR until >= day);
-- A member that is there, unless a record denies the whole class at the time.
CREATE TEMP MACRO member(there, class, until, day) AS
  CASE WHEN NOT coalesce(there, false) THEN false WHEN NOT class AND until <= day THEN NULL ELSE true END;
-- Whatever the members do not say: "no" where somebody said so, otherwise unknown.
CREATE TEMP MACRO none_other(said) AS CASE WHEN said THEN false END;
-- One of the listed reasons; one that is not recorded may be any.
CREATE TEMP MACRO for_dermatomyositis(reason, there) AS there AND reason = 'dermatomyositis';
-- CKD-EPI 2021 (Inker 2021, doi:10.1056/NEJMoa2102953): creatinine in umol/L, 113.12 g/mol; age in completed years.
CREATE TEMP MACRO ckd_epi(female, creatinine, age) AS
  142 * pow(least(creatinine * 113.12 / 10000 / CASE WHEN female THEN 0.7 ELSE 0.9 END, 1),
            CASE WHEN female THEN -0.241 ELSE -0.302 END)
      * pow(greatest(creatinine * 113.12 / 10000 / CASE WHEN female THEN 0.7 ELSE 0.9 END, 1), -1.2)
      * pow(0.9938, age) * CASE WHEN female THEN 1.012 ELSE 1 END;

CREATE TEMP VIEW answers AS
WITH read AS (
  SELECT
    *,
    coalesce(as_of, screening) AS last_day,
    coalesce(contains(complete, 'conditions'), false) AS conditions,
    coalesce(contains(complete, 'medications'), false) AS medications,
    -- Someone born on 29 February has their birthday on the 28th in other years, as adding years does here.
    year(screening) - year(birth)
      - CASE WHEN screening < birth + to_years((year(screening) - year(birth))::INTEGER) THEN 1 ELSE 0 END AS age,
    least(
      CASE WHEN dermatomyositis THEN dermatomyositis_start END,
      CASE WHEN clinically_amyopathic_dermatomyositis THEN clinically_amyopathic_dermatomyositis_start END,
      CASE WHEN juvenile_dermatomyositis THEN juvenile_dermatomyositis_start END
    ) AS onset
  FROM patients
),
parts AS (
  SELECT
    *,
    HRCT_interstitial_pneumonia = 'present' AS image,
    "DLCO_percent [%predicted]" <= 60 AS diffusion,
    "KL6 [U/mL]" > KL6_uln AS KL6_raised,
    anti_MDA5 = 'positive' AS MDA5,
    -- A recorded result comes before a derived one; without the sex, both formulas must agree.
    CASE
      WHEN "eGFR [mL/min/{1.73_m2}]" IS NOT NULL THEN "eGFR [mL/min/{1.73_m2}]" < 60
      WHEN sex IS NOT NULL THEN ckd_epi(sex = 'female', "creatinine [umol/L]", age) < 60
      WHEN (ckd_epi(true, "creatinine [umol/L]", age) < 60) = (ckd_epi(false, "creatinine [umol/L]", age) < 60)
        THEN ckd_epi(true, "creatinine [umol/L]", age) < 60
    END AS low_eGFR,
    member(has(AIDS, AIDS_start, AIDS_end, screening),
        coalesce(HIV_infection, true) AND coalesce(infection, true), AIDS_end, screening)
      OR member(has(HIV_infection, HIV_infection_start, HIV_infection_end, screening),
        infection, HIV_infection_end, screening)
      OR member(has(hepatitis_C, hepatitis_C_start, hepatitis_C_end, screening), infection, hepatitis_C_end, screening)
      OR coalesce(has(infection, infection_start, infection_end, screening), false)
      OR member(has(tuberculosis, tuberculosis_start, tuberculosis_end, screening),
        infection, tuberculosis_end, screening)
      OR none_other(NOT infection OR conditions) AS has_infection,
    member(had(AIDS, AIDS_start, screening),
        coalesce(HIV_infection, true) AND coalesce(infection, true), AIDS_end, screening)
      OR member(had(HIV_infection, HIV_infection_start, screening), infection, HIV_infection_end, screening)
      -- Some infection may be this one.
      OR CASE
        WHEN had(infection, infection_start, screening) THEN NULL
        WHEN NOT HIV_infection OR NOT infection OR conditions THEN false
      END AS had_HIV,
    for_dermatomyositis(antithymocyte_globulin_reason,
        member(had(antithymocyte_globulin, antithymocyte_globulin_start, screening),
          immunosuppressant, antithymocyte_globulin_end, screening))
      OR for_dermatomyositis(immunosuppressant_reason,
        coalesce(had(immunosuppressant, immunosuppressant_start, screening), false))
      OR for_dermatomyositis(mercaptopurine_reason,
        member(had(mercaptopurine, mercaptopurine_start, screening), immunosuppressant, mercaptopurine_end, screening))
      OR none_other(NOT immunosuppressant OR medications) AS had_immunosuppressant,
    for_dermatomyositis(abatacept_reason,
        member(had(abatacept, abatacept_start, screening), targeted_therapy, abatacept_end, screening))
      OR for_dermatomyositis(ipilimumab_reason,
        member(had(ipilimumab, ipilimumab_start, screening), targeted_therapy, ipilimumab_end, screening))
      OR for_dermatomyositis(targeted_therapy_reason,
        coalesce(had(targeted_therapy, targeted_therapy_start, screening), false))
      OR none_other(NOT targeted_therapy OR medications) AS had_targeted_therapy
  FROM read
),
criteria AS (
  SELECT
    id,
    age BETWEEN 18 AND 65 AS age,
    diagnosis,
    contraception AS agrees_contraception,
    "CK [U/L]" <= 1.5 * CK_uln AS low_CK,
    CASE
      WHEN coalesce(image, false)::INT + coalesce(diffusion, false)::INT + coalesce(KL6_raised, false)::INT
          + coalesce(MDA5, false)::INT >= 2 THEN true
      WHEN coalesce(image, true)::INT + coalesce(diffusion, true)::INT + coalesce(KL6_raised, true)::INT
          + coalesce(MDA5, true)::INT < 2 THEN false
    END AS interstitial_pneumonia,
    -- Without its date, the randomisation lies up to 28 days ahead of the screening, and every one of these days must agree.
    CASE
      WHEN onset IS NOT NULL AND randomization IS NOT NULL THEN onset BETWEEN randomization - 56 AND randomization
      WHEN onset BETWEEN screening - 28 AND screening THEN true
      WHEN onset < screening - 56 OR onset > least(screening + 28, greatest(last_day, screening)) THEN false
      WHEN onset IS NOT NULL THEN NULL
      WHEN coalesce(randomization, least(screening + 28, greatest(last_day, screening)))
          <= CASE WHEN conditions THEN greatest(last_day, screening) WHEN NOT dermatomyositis THEN screening END
        THEN false
    END AS recent,
    had_immunosuppressant OR had_targeted_therapy AS previous_treatment,
    has_infection AND "the infection is clinically significant and active" AS active_infection,
    had_HIV OR coalesce(HIV_antibody = 'positive', false) AS HIV,
    HBsAg = 'positive' OR HCV_antibody = 'positive' AS hepatitis,
    member(has(tuberculosis, tuberculosis_start, tuberculosis_end, screening),
        infection, tuberculosis_end, screening)
      OR CASE
        WHEN has(infection, infection_start, infection_end, screening) THEN NULL
        WHEN NOT tuberculosis OR NOT infection OR conditions THEN false
      END AS active_tuberculosis,
    "creatinine [umol/L]" > 300 OR low_eGFR OR CASE
      WHEN has(end_stage_renal_disease, end_stage_renal_disease_start, end_stage_renal_disease_end, screening) THEN true
      WHEN NOT end_stage_renal_disease OR conditions THEN false
    END AS renal,
    "ALT [U/L]" > 2 * ALT_uln OR "AST [U/L]" > 2 * AST_uln OR "bilirubin [umol/L]" > 2 * bilirubin_uln AS hepatic,
    member(had(NSCLC, NSCLC_start, screening), malignancy, NSCLC_end, screening)
      OR member(had(kaposi_sarcoma, kaposi_sarcoma_start, screening), malignancy, kaposi_sarcoma_end, screening)
      OR coalesce(had(malignancy, malignancy_start, screening), false)
      OR none_other(NOT malignancy OR conditions) AS cancer
  FROM parts
)
SELECT
  id,
  -- Kleene's connectives, which are SQL's.
  CASE age AND diagnosis AND agrees_contraception AND low_CK AND interstitial_pneumonia AND recent
      AND NOT previous_treatment AND NOT active_infection AND NOT HIV AND NOT hepatitis AND NOT active_tuberculosis
      AND NOT renal AND NOT hepatic AND NOT cancer
    WHEN true THEN 'eligible' WHEN false THEN 'ineligible' ELSE 'undetermined' END AS verdict,
  * EXCLUDE (id)
FROM criteria;
