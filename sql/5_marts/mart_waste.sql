-- One row per day, kind of waste, team, feature, provider, model and whether it repeats a request: calls that nobody sees.
-- An attempt is one kind of waste: its outcome if it brought no answer (`refusal`, `cancelled`, `error`); else, where it is
-- not the first of its request, `fallback` when the first one asked another model, and `retry` when it did not.
-- What the provider counted beyond the logs is waste by its cause: `unfinished_attempts`, `usage_without_log`. It is inferred.
with unseen as (
    select
        source,
        account,
        request_id,
        attempt,
        team,
        feature,
        provider,
        model,
        status,
        finish_reason,
        tokens,
        cost_usd,
        reported_cost_usd,
        unpriced_reason
    from fct_attempt_cost
    where
        attempt > 1
        or status <> 'success'
        or finish_reason in ('refusal', 'content_filter', 'safety', 'SAFETY')
),

answered_again as (
    select
        source,
        account,
        request_id
    from unseen
    where attempt > 1 and status = 'success'
    group by source, account, request_id
),

first_attempt as (
    select
        fct_attempt_cost.source,
        fct_attempt_cost.account,
        fct_attempt_cost.request_id,
        fct_attempt_cost.provider,
        fct_attempt_cost.model
    from fct_attempt_cost
    left join answered_again
        on
            fct_attempt_cost.request_id = answered_again.request_id
            and fct_attempt_cost.account = answered_again.account
            and fct_attempt_cost.source = answered_again.source
    where fct_attempt_cost.attempt = 1 and answered_again.request_id is not null
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
            and unseen.account = first_attempt.account
            and unseen.source = first_attempt.source
),

-- A key that one team alone calls with is that team's, and so with a feature.
keys as (
    select
        provider,
        account,
        api_key_id,
        case when count(distinct team) = 1 then max(team) else 'unattributed' end as team,
        case when count(distinct team || '|' || feature) = 1 then max(feature) else 'unattributed' end as feature
    from mart_cost_hourly
    where api_key_id is not null
    group by provider, account, api_key_id
),

-- What the provider counted beyond the logs: how many calls that were, nobody knows.
beyond as (
    select
        mart_reconciliation.cause as waste,
        mart_reconciliation.certainty,
        coalesce(keys.team, 'unattributed') as team,
        coalesce(keys.feature, 'unattributed') as feature,
        mart_reconciliation.provider,
        mart_reconciliation.sku as model,
        cast(sum(case when mart_reconciliation.meter like '%_tokens' then mart_reconciliation.meter_quantity end) as bigint) as tokens,
        sum(mart_reconciliation.amount_usd) as cost_usd
    from mart_reconciliation
    left join keys
        on
            mart_reconciliation.provider = keys.provider
            and mart_reconciliation.account = keys.account
            and mart_reconciliation.api_key_id = keys.api_key_id
    where
        mart_reconciliation.cause in ('unfinished_attempts', 'usage_without_log')
        and mart_reconciliation.certainty = 'inferred'
    group by
        mart_reconciliation.cause, mart_reconciliation.certainty, coalesce(keys.team, 'unattributed'),
        coalesce(keys.feature, 'unattributed'), mart_reconciliation.provider, mart_reconciliation.sku
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
union all
select
    cast($day as date) as day,
    waste,
    certainty,
    team,
    feature,
    provider,
    model,
    cast(null as boolean) as is_retry,
    cast(null as bigint) as attempts,
    cast(null as bigint) as unpriced_attempts,
    cast(null as bigint) as attempts_without_tokens,
    cast(null as bigint) as attempts_without_reported_cost,
    tokens,
    cost_usd,
    cast(null as decimal(38, 12)) as reported_cost_usd
from beyond
order by waste, team, feature, provider, model, is_retry
