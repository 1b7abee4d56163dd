-- One row per prompt and way to read and write its input: the same call priced so, for the policies that come to it.
-- `off` reads and writes nothing; `short` and `long` write every breakpoint for that life; in `hindsight` only
-- what is read later is written. A policy that reads and writes as one before it has no row of its own: `policies` is
-- the sum of the numbers of those that a row stands for. Writes without a meter of their own are uncached input; one
-- whose meter has no column is the other meter of its row, and a row that has such a meter already has no price so.
with policy as (
    select
        policies.cache_policy,
        policies.policy_number
    from (
        values ('off', 1), ('short', 2), ('long', 4), ('short_hindsight', 8), ('long_hindsight', 16)
    ) as policies (cache_policy, policy_number)
),

-- Which policy is priced for each one: itself, or the first that comes to the same.
compared as (
    select
        replayed_prompt.*,
        case
            when replayed_prompt.short_ttl_seconds is null then null
            when replayed_prompt.short_read_tokens + replayed_prompt.short_write_tokens = 0 then 1
            else 2
        end as as_short,
        case
            when replayed_prompt.short_ttl_seconds is null then null
            when replayed_prompt.short_read_tokens + replayed_prompt.short_hindsight_write_tokens = 0 then 1
            when replayed_prompt.short_hindsight_write_tokens = replayed_prompt.short_write_tokens then 2
            else 8
        end as as_short_hindsight,
        case
            when replayed_prompt.long_ttl_seconds is null then null
            when replayed_prompt.long_read_tokens + replayed_prompt.long_write_tokens = 0 then 1
            when replayed_prompt.long_write_tokens + replayed_prompt.short_write_tokens = 0
                and replayed_prompt.long_read_tokens = replayed_prompt.short_read_tokens
                then 2
            else 4
        end as as_long,
        case
            when replayed_prompt.long_ttl_seconds is null then null
            when replayed_prompt.long_read_tokens + replayed_prompt.long_hindsight_write_tokens = 0 then 1
            when replayed_prompt.long_hindsight_write_tokens + replayed_prompt.short_write_tokens = 0
                and replayed_prompt.long_read_tokens = replayed_prompt.short_read_tokens
                then 2
            when replayed_prompt.long_hindsight_write_tokens = replayed_prompt.long_write_tokens then 4
            else 16
        end as as_long_hindsight
    from replayed_prompt
),

chosen as (
    select
        compared.*,
        case when policy.policy_number = 1 then 1 else 0 end
        + case when compared.as_short = policy.policy_number then 2 else 0 end
        + case when compared.as_long = policy.policy_number then 4 else 0 end
        + case when compared.as_short_hindsight = policy.policy_number then 8 else 0 end
        + case when compared.as_long_hindsight = policy.policy_number then 16 else 0 end as policies,
        case
            when policy.cache_policy = 'off' then 0
            when policy.cache_policy in ('short', 'short_hindsight') then compared.short_read_tokens
            else compared.long_read_tokens
        end as read_tokens,
        case policy.cache_policy
            when 'short' then compared.short_write_tokens
            when 'long' then compared.long_write_tokens
            when 'short_hindsight' then compared.short_hindsight_write_tokens
            when 'long_hindsight' then compared.long_hindsight_write_tokens
            else 0
        end as write_tokens,
        case
            when policy.cache_policy in ('short', 'short_hindsight') then compared.short_write_meter
            when policy.cache_policy in ('long', 'long_hindsight') then compared.long_write_meter
        end as write_meter
    from compared
    left join policy on true
    where
        policy.policy_number = 1
        or compared.as_short = policy.policy_number
        or compared.as_short_hindsight = policy.policy_number
        or compared.as_long = policy.policy_number
        or compared.as_long_hindsight = policy.policy_number
),

metered as (
    select
        chosen.*,
        chosen.write_tokens > 0
        and chosen.write_meter not in ('cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_write_tokens') as is_other
    from chosen
)

select
    metered.fact_row,
    metered.team,
    metered.feature,
    metered.evidence,
    metered.prefix_hash,
    metered.policies,
    metered.read_tokens,
    metered.write_tokens,
    metered.cost_usd as baseline_usd,
    metered.provider,
    metered.model as baseline_model,
    case when metered.is_other and metered.other_meter is not null then cast(null as varchar) else metered.model end as model,
    metered.service_tier,
    metered.region,
    metered.input_tokens - metered.read_tokens - case when metered.write_meter is null then 0 else metered.write_tokens end
        as uncached_input_tokens,
    metered.read_tokens as cache_read_tokens,
    case when metered.write_meter = 'cache_write_5m_tokens' then metered.write_tokens else 0 end as cache_write_5m_tokens,
    case when metered.write_meter = 'cache_write_1h_tokens' then metered.write_tokens else 0 end as cache_write_1h_tokens,
    case when metered.write_meter = 'cache_write_tokens' then metered.write_tokens else 0 end as cache_write_tokens,
    metered.output_tokens,
    metered.audio_input_tokens,
    metered.audio_output_tokens,
    metered.image_input_tokens,
    metered.web_search_requests,
    case when metered.is_other then metered.write_meter else metered.other_meter end as other_meter,
    case when metered.is_other then cast(metered.write_tokens as decimal(18, 3)) else metered.other_quantity end as other_quantity,
    case when metered.is_other then cast(null as varchar) else metered.other_attribute end as other_attribute,
    metered.ended_at as priced_at,
    metered.ended_at as priced_until,
    metered.context_tokens,
    cast(0 as bigint) as largest_context_tokens
from metered
