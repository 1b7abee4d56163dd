-- One row per attempt after the first of a request: had the first one succeeded, it had not been made.
select
    scenario.scenario,
    fct_attempt_cost.fact_row
from fct_attempt_cost
left join scenario
    on scenario.lever = 'retries'
where
    scenario.scenario is not null
    and fct_attempt_cost.attempt > 1
