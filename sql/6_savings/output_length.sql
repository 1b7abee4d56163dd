-- One row per answer of a feature whose answers are to be shorter, and how many tokens it would have.
-- A cap is a number of tokens or a percentile of the feature's own answers of the day (nearest rank). Reasoning
-- tokens are not cut: no instruction about length shortens them.
with answer as (
    select
        scenario.scenario,
        scenario.cap_tokens,
        scenario.cap_percentile,
        scenario.less_permille,
        fct_attempt_cost.fact_row,
        coalesce(fct_attempt_cost.reasoning_tokens, 0) as unseen_tokens,
        fct_attempt_cost.output_tokens - coalesce(fct_attempt_cost.reasoning_tokens, 0) as visible_tokens
    from fct_attempt_cost
    left join scenario
        on
            scenario.lever = 'output_length'
            and fct_attempt_cost.feature = scenario.feature
    where
        scenario.scenario is not null
        and fct_attempt_cost.status = 'success'
        and fct_attempt_cost.output_tokens > 0
),

counted as (
    select
        scenario,
        cap_percentile,
        visible_tokens,
        count(*) as answers
    from answer
    where cap_percentile is not null
    group by scenario, cap_percentile, visible_tokens
),

-- Lengths are few where answers are many: they are ranked by length, not one by one.
ranked as (
    select
        scenario,
        cap_percentile,
        visible_tokens,
        sum(answers) over (partition by scenario order by visible_tokens) as place,
        sum(answers) over (partition by scenario) as answers
    from counted
),

percentile as (
    select
        scenario,
        min(visible_tokens) as percentile_tokens
    from ranked
    where place >= (answers * cap_percentile + 99) // 100
    group by scenario
)

select
    answer.scenario,
    answer.fact_row,
    answer.unseen_tokens + case
        when answer.less_permille is null
            then least(answer.visible_tokens, coalesce(answer.cap_tokens, percentile.percentile_tokens))
        else answer.visible_tokens - answer.visible_tokens * answer.less_permille // 1000
    end as short_output_tokens
from answer
left join percentile
    on answer.scenario = percentile.scenario
