-- One row per attempt that a lever changes by itself, with the first scenario of each lever that does, by its
-- position in the file; and one per further scenario of a lever, and per one that is not combined, which stand alone.
-- A routing that takes an attempt comes before one whose classifier only reads it.
with placed as (
    select
        scenario_change.fact_row,
        scenario_change.is_escalated,
        scenario_change.is_staying,
        scenario_change.short_output_tokens,
        scenario_change.batch_is_uncached,
        scenario.lever,
        scenario.position,
        not scenario.is_combined or row_number() over (
            partition by scenario_change.fact_row, scenario.lever, scenario.is_combined
            order by coalesce(scenario_change.is_staying, false), scenario.position
        ) > 1 as is_alternative
    from scenario_change
    left join scenario
        on scenario_change.scenario = scenario.scenario
)

select
    fact_row,
    is_alternative,
    max(case when lever = 'retries' then position end) as retries_position,
    max(case when lever = 'answer_cache' then position end) as answer_cache_position,
    max(case when lever = 'routing' then position end) as routing_position,
    max(case when lever = 'output_length' then position end) as output_length_position,
    max(case when lever = 'batch' then position end) as batch_position,
    max(is_escalated) as is_escalated,
    max(is_staying) as is_staying,
    max(short_output_tokens) as short_output_tokens,
    max(batch_is_uncached) as batch_is_uncached
from placed
group by fact_row, is_alternative, case when is_alternative then position end
