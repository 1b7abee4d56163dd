-- One row per prompt with known prefixes and cache policy: the same call with its input read and written so.
-- `off` reads and writes nothing; `short` and `long` write every breakpoint for that life; in `hindsight` only
-- what is read later is written. Writes without a meter of their own are uncached input; one whose meter has no
-- column is the other meter of its row, and a row that has such a meter already has no price under that policy.
with policy as (
    select policies.cache_policy
    from (values ('off'), ('short'), ('long'), ('short_hindsight'), ('long_hindsight')) as policies (cache_policy)
),

chosen as (
    select
        replayed_prompt.*,
        policy.cache_policy,
        case
            when policy.cache_policy = 'off' then 0
            when policy.cache_policy in ('short', 'short_hindsight') then replayed_prompt.short_read_tokens
            else replayed_prompt.long_read_tokens
        end as read_tokens,
        case policy.cache_policy
            when 'short' then replayed_prompt.short_write_tokens
            when 'long' then replayed_prompt.long_write_tokens
            when 'short_hindsight' then replayed_prompt.short_hindsight_write_tokens
            when 'long_hindsight' then replayed_prompt.long_hindsight_write_tokens
            else 0
        end as write_tokens,
        case
            when policy.cache_policy in ('short', 'short_hindsight') then replayed_prompt.short_write_meter
            when policy.cache_policy in ('long', 'long_hindsight') then replayed_prompt.long_write_meter
        end as write_meter,
        case
            when policy.cache_policy in ('short', 'short_hindsight') then replayed_prompt.short_write_meter
            when policy.cache_policy in ('long', 'long_hindsight') then replayed_prompt.long_write_meter
        end not in ('cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_write_tokens') as is_other
    from replayed_prompt
    left join policy on true
    where
        policy.cache_policy = 'off'
        or (policy.cache_policy in ('short', 'short_hindsight') and replayed_prompt.short_ttl_seconds is not null)
        or (policy.cache_policy in ('long', 'long_hindsight') and replayed_prompt.long_ttl_seconds is not null)
)

select
    chosen.team,
    chosen.feature,
    chosen.prefix_hash,
    chosen.cache_policy,
    chosen.read_tokens,
    chosen.write_tokens,
    chosen.cost_usd as baseline_usd,
    chosen.provider,
    chosen.model as baseline_model,
    case when chosen.is_other and chosen.other_meter is not null then cast(null as varchar) else chosen.model end as model,
    chosen.service_tier,
    chosen.region,
    chosen.input_tokens - chosen.read_tokens - case when chosen.write_meter is null then 0 else chosen.write_tokens end
        as uncached_input_tokens,
    chosen.read_tokens as cache_read_tokens,
    case when chosen.write_meter = 'cache_write_5m_tokens' then chosen.write_tokens else 0 end as cache_write_5m_tokens,
    case when chosen.write_meter = 'cache_write_1h_tokens' then chosen.write_tokens else 0 end as cache_write_1h_tokens,
    case when chosen.write_meter = 'cache_write_tokens' then chosen.write_tokens else 0 end as cache_write_tokens,
    chosen.output_tokens,
    chosen.audio_input_tokens,
    chosen.audio_output_tokens,
    chosen.image_input_tokens,
    chosen.web_search_requests,
    case when chosen.is_other and chosen.write_tokens > 0 then chosen.write_meter else chosen.other_meter end as other_meter,
    case
        when chosen.is_other and chosen.write_tokens > 0 then cast(chosen.write_tokens as decimal(18, 3))
        else chosen.other_quantity
    end
        as other_quantity,
    case when chosen.is_other and chosen.write_tokens > 0 then cast(null as varchar) else chosen.other_attribute end
        as other_attribute,
    chosen.ended_at as priced_at,
    chosen.ended_at as priced_until,
    chosen.context_tokens,
    cast(0 as bigint) as largest_context_tokens
from chosen
