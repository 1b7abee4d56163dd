-- One row per answer of a feature whose answers are to be shorter: the same call with fewer output tokens.
-- A cap is a number of tokens or a percentile of the feature's own answers of the day (nearest rank). Reasoning
-- tokens are not cut: no instruction about length shortens them.
with answer as (
    select
        fct_attempt_cost.*,
        scenario.scenario,
        scenario.kind,
        scenario.assumptions_id,
        scenario.cap_tokens,
        scenario.cap_percentile,
        scenario.less_permille,
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

ranked as (
    select
        answer.*,
        row_number() over (
            partition by answer.scenario
            order by answer.visible_tokens, answer.source, answer.request_id, answer.attempt
        ) as place,
        count(*) over (partition by answer.scenario) as answers
    from answer
),

percentile as (
    select
        scenario,
        max(visible_tokens) as percentile_tokens
    from ranked
    where place = (answers * cap_percentile + 99) // 100
    group by scenario
),

visible as (
    select
        answer.*,
        answer.output_tokens - answer.visible_tokens as unseen_tokens,
        percentile.percentile_tokens
    from answer
    left join percentile
        on answer.scenario = percentile.scenario
)

select
    visible.scenario,
    visible.kind,
    visible.assumptions_id,
    visible.source,
    visible.request_id,
    visible.attempt,
    visible.team,
    visible.feature,
    visible.provider as baseline_provider,
    visible.model as baseline_model,
    visible.cost_usd as baseline_usd,
    1 as parts,
    visible.provider,
    visible.model,
    visible.service_tier,
    visible.region,
    visible.uncached_input_tokens,
    visible.cache_read_tokens,
    visible.cache_write_5m_tokens,
    visible.cache_write_1h_tokens,
    visible.cache_write_tokens,
    case
        when visible.cap_tokens is not null or visible.percentile_tokens is not null
            then
                visible.unseen_tokens
                + least(visible.visible_tokens, coalesce(visible.cap_tokens, visible.percentile_tokens))
        else
            visible.unseen_tokens
            + visible.visible_tokens - visible.visible_tokens * visible.less_permille // 1000
    end as output_tokens,
    visible.audio_input_tokens,
    visible.audio_output_tokens,
    visible.image_input_tokens,
    visible.web_search_requests,
    visible.other_meter,
    visible.other_quantity,
    visible.other_attribute,
    visible.ended_at as priced_at,
    visible.ended_at as priced_until,
    visible.context_tokens,
    cast(0 as bigint) as largest_context_tokens
from visible
