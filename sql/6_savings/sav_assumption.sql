-- One row per assumption of a scenario.
select
    assumptions_id,
    scenario,
    lever,
    kind,
    assumption,
    assumed_value,
    assumed_low,
    assumed_high,
    assumption_source
from assumption
order by scenario, assumption
