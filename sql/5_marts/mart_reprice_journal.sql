-- One row per entry, day, provider, model, service tier, team, feature, environment and rate whose cost changed.
with versions as (
    select
        fct_before.provider,
        fct_before.model,
        fct_before.service_tier,
        fct_before.team,
        fct_before.feature,
        fct_before.environment,
        fct_before.rate_id,
        cast(1 as bigint) as old_attempts,
        cast(0 as bigint) as new_attempts,
        case when fct_before.unpriced_reason is null then cast(0 as bigint) else fct_before.tokens end as old_unpriced_tokens,
        cast(0 as bigint) as new_unpriced_tokens,
        fct_before.cost_usd as old_cost_usd,
        cast(0 as decimal(38, 12)) as new_cost_usd
    from fct_before
    union all
    select
        fct_attempt_cost.provider,
        fct_attempt_cost.model,
        fct_attempt_cost.service_tier,
        fct_attempt_cost.team,
        fct_attempt_cost.feature,
        fct_attempt_cost.environment,
        fct_attempt_cost.rate_id,
        cast(0 as bigint) as old_attempts,
        cast(1 as bigint) as new_attempts,
        cast(0 as bigint) as old_unpriced_tokens,
        case
            when fct_attempt_cost.unpriced_reason is null then cast(0 as bigint) else fct_attempt_cost.tokens
        end as new_unpriced_tokens,
        cast(0 as decimal(38, 12)) as old_cost_usd,
        fct_attempt_cost.cost_usd as new_cost_usd
    from fct_attempt_cost
),

summed as (
    select
        provider,
        model,
        service_tier,
        team,
        feature,
        environment,
        rate_id,
        cast(sum(old_attempts) as bigint) as old_attempts,
        cast(sum(new_attempts) as bigint) as new_attempts,
        cast(sum(old_unpriced_tokens) as bigint) as old_unpriced_tokens,
        cast(sum(new_unpriced_tokens) as bigint) as new_unpriced_tokens,
        coalesce(sum(old_cost_usd), cast(0 as decimal(38, 12))) as old_cost_usd,
        coalesce(sum(new_cost_usd), cast(0 as decimal(38, 12))) as new_cost_usd
    from versions
    group by provider, model, service_tier, team, feature, environment, rate_id
)

select
    cast($day as date) as day,
    journal_entry.entry,
    journal_entry.entry_kind,
    journal_entry.booked_month,
    summed.provider,
    summed.model,
    summed.service_tier,
    summed.team,
    summed.feature,
    summed.environment,
    summed.rate_id,
    summed.old_attempts,
    summed.new_attempts,
    summed.old_unpriced_tokens,
    summed.new_unpriced_tokens,
    summed.old_cost_usd,
    summed.new_cost_usd,
    cast(
        cast(summed.new_cost_usd as decimal(30, 12)) - cast(summed.old_cost_usd as decimal(30, 12)) as decimal(38, 12)
    ) as delta_cost_usd
from summed
left join journal_entry on journal_entry.day = cast($day as date)
where
    summed.old_cost_usd <> summed.new_cost_usd
    or summed.old_attempts <> summed.new_attempts
    or summed.old_unpriced_tokens <> summed.new_unpriced_tokens
order by
    summed.provider, summed.model, summed.service_tier, summed.team, summed.feature, summed.environment, summed.rate_id
