-- One row per day, kind of waste, team, feature, provider, model and whether it repeats a request: calls that nobody sees.
-- An attempt is one kind of waste: its outcome if it brought no answer (`refusal`, `cancelled`, `error`); else, where it is
-- not the first of its request, `fallback` when the first one asked another model, and `retry` when it did not.
with answered_again as (
    select
        source,
        request_id
    from fct_attempt_cost
    where attempt > 1 and status = 'success'
    group by source, request_id
),

first_attempt as (
    select
        fct_attempt_cost.source,
        fct_attempt_cost.request_id,
        fct_attempt_cost.provider,
        fct_attempt_cost.model
    from fct_attempt_cost
    left join answered_again
        on
            fct_attempt_cost.request_id = answered_again.request_id
            and fct_attempt_cost.source = answered_again.source
    where fct_attempt_cost.attempt = 1 and answered_again.request_id is not null
),

unseen as (
    select fct_attempt_cost.*
    from fct_attempt_cost
    where
        fct_attempt_cost.attempt > 1
        or fct_attempt_cost.status <> 'success'
        or fct_attempt_cost.finish_reason in ('refusal', 'content_filter', 'safety', 'SAFETY')
),

caused as (
    select
        unseen.team,
        unseen.feature,
        unseen.provider,
        unseen.model,
        unseen.attempt > 1 as is_retry,
        case
            when unseen.finish_reason in ('refusal', 'content_filter', 'safety', 'SAFETY') then 'refusal'
            when unseen.status <> 'success' then unseen.status
            when first_attempt.provider <> unseen.provider or first_attempt.model <> unseen.model then 'fallback'
            else 'retry'
        end as waste,
        unseen.tokens,
        unseen.cost_usd,
        unseen.reported_cost_usd,
        unseen.unpriced_reason
    from unseen
    left join first_attempt
        on
            unseen.request_id = first_attempt.request_id
            and unseen.source = first_attempt.source
)

select
    cast($day as date) as day,
    waste,
    'measured' as certainty,
    team,
    feature,
    provider,
    model,
    is_retry,
    count(*) as attempts,
    count(*) filter (where unpriced_reason is not null) as unpriced_attempts,
    count(*) filter (where tokens = 0) as attempts_without_tokens,
    count(*) filter (where reported_cost_usd is null) as attempts_without_reported_cost,
    cast(sum(tokens) as bigint) as tokens,
    sum(cost_usd) as cost_usd,
    sum(reported_cost_usd) as reported_cost_usd
from caused
group by waste, team, feature, provider, model, is_retry
order by waste, team, feature, provider, model, is_retry
