-- One row per row of `usage`, with its rate and its cost: the only place where a price is multiplied.
-- A line (one meter of one row) is counted in whole picodollars, 1e-12 USD, and rounded once, half up:
-- (units * rate + denominator // 2) // denominator. Whole numbers add up exactly in any order and grouping.
-- A line that does not fit 64 bits (more than 9.2 million USD) leaves its row without a price.
with lines as (
    select
        usage.*,
        card.rate_id,
        card.has_assumed_rate,
        case
            when coalesce(usage.uncached_input_tokens, 0) = 0 then 0
            when usage.uncached_input_tokens <= card.most_tokens
                then (usage.uncached_input_tokens * card.uncached_input_tokens_rate + card.denominator // 2) // card.denominator
        end as uncached_input_picodollars,
        case
            when coalesce(usage.cache_read_tokens, 0) = 0 then 0
            when usage.cache_read_tokens <= card.most_tokens
                then (usage.cache_read_tokens * card.cache_read_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_read_picodollars,
        case
            when coalesce(usage.cache_write_5m_tokens, 0) = 0 then 0
            when usage.cache_write_5m_tokens <= card.most_tokens
                then (usage.cache_write_5m_tokens * card.cache_write_5m_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_write_5m_picodollars,
        case
            when coalesce(usage.cache_write_1h_tokens, 0) = 0 then 0
            when usage.cache_write_1h_tokens <= card.most_tokens
                then (usage.cache_write_1h_tokens * card.cache_write_1h_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_write_1h_picodollars,
        case
            when coalesce(usage.cache_write_tokens, 0) = 0 then 0
            when usage.cache_write_tokens <= card.most_tokens
                then (usage.cache_write_tokens * card.cache_write_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_write_picodollars,
        case
            when coalesce(usage.output_tokens, 0) = 0 then 0
            when usage.output_tokens <= card.most_tokens
                then (usage.output_tokens * card.output_tokens_rate + card.denominator // 2) // card.denominator
        end as output_picodollars,
        case
            when coalesce(usage.audio_input_tokens, 0) = 0 then 0
            when usage.audio_input_tokens <= card.most_tokens
                then (usage.audio_input_tokens * card.audio_input_tokens_rate + card.denominator // 2) // card.denominator
        end as audio_input_picodollars,
        case
            when coalesce(usage.audio_output_tokens, 0) = 0 then 0
            when usage.audio_output_tokens <= card.most_tokens
                then (usage.audio_output_tokens * card.audio_output_tokens_rate + card.denominator // 2) // card.denominator
        end as audio_output_picodollars,
        case
            when coalesce(usage.image_input_tokens, 0) = 0 then 0
            when usage.image_input_tokens <= card.most_tokens
                then (usage.image_input_tokens * card.image_input_tokens_rate + card.denominator // 2) // card.denominator
        end as image_input_picodollars,
        case
            when coalesce(usage.web_search_requests, 0) = 0 then 0
            when usage.web_search_requests <= card.most_requests
                then (usage.web_search_requests * card.web_search_requests_rate + card.denominator // 2) // card.denominator
        end as web_search_picodollars,
        case
            when usage.model is null then 'model_not_reported'
            when known.alias is null then 'unknown_model'
            when card.rate_id is null then 'no_rate_for_tier_and_time'
            when usage.priced_until > card.valid_to then 'price_changes_within_bucket'
            when usage.largest_context_tokens > card.context_max_tokens and not card.takes_unknown_context
                then 'context_not_reported'
            when coalesce(
                usage.uncached_input_tokens,
                usage.cache_read_tokens,
                usage.cache_write_5m_tokens,
                usage.cache_write_1h_tokens,
                usage.cache_write_tokens,
                usage.output_tokens,
                usage.audio_input_tokens,
                usage.audio_output_tokens,
                usage.image_input_tokens,
                usage.web_search_requests
            ) is null then 'usage_not_reported'
            when usage.uncached_input_tokens > 0 and card.uncached_input_tokens_rate is null then 'no_rate_for_uncached_input_tokens'
            when usage.cache_read_tokens > 0 and card.cache_read_tokens_rate is null then 'no_rate_for_cache_read_tokens'
            when usage.cache_write_5m_tokens > 0 and card.cache_write_5m_tokens_rate is null then 'no_rate_for_cache_write_5m_tokens'
            when usage.cache_write_1h_tokens > 0 and card.cache_write_1h_tokens_rate is null then 'no_rate_for_cache_write_1h_tokens'
            when usage.cache_write_tokens > 0 and card.cache_write_tokens_rate is null then 'no_rate_for_cache_write_tokens'
            when usage.output_tokens > 0 and card.output_tokens_rate is null then 'no_rate_for_output_tokens'
            when usage.audio_input_tokens > 0 and card.audio_input_tokens_rate is null then 'no_rate_for_audio_input_tokens'
            when usage.audio_output_tokens > 0 and card.audio_output_tokens_rate is null then 'no_rate_for_audio_output_tokens'
            when usage.image_input_tokens > 0 and card.image_input_tokens_rate is null then 'no_rate_for_image_input_tokens'
            when usage.web_search_requests > 0 and card.web_search_requests_rate is null then 'no_rate_for_web_search_requests'
            when greatest(
                usage.uncached_input_tokens,
                usage.cache_read_tokens,
                usage.cache_write_5m_tokens,
                usage.cache_write_1h_tokens,
                usage.cache_write_tokens,
                usage.output_tokens,
                usage.audio_input_tokens,
                usage.audio_output_tokens,
                usage.image_input_tokens
            ) > card.most_tokens or usage.web_search_requests > card.most_requests then 'cost_out_of_range'
        end as unpriced_reason,
        usage.largest_context_tokens > card.context_max_tokens as context_is_assumed,
        (usage.uncached_input_tokens > 0 and card.uncached_input_tokens_assumed)
        or (usage.cache_read_tokens > 0 and card.cache_read_tokens_assumed)
        or (usage.cache_write_5m_tokens > 0 and card.cache_write_5m_tokens_assumed)
        or (usage.cache_write_1h_tokens > 0 and card.cache_write_1h_tokens_assumed)
        or (usage.cache_write_tokens > 0 and card.cache_write_tokens_assumed)
        or (usage.output_tokens > 0 and card.output_tokens_assumed)
        or (usage.audio_input_tokens > 0 and card.audio_input_tokens_assumed)
        or (usage.audio_output_tokens > 0 and card.audio_output_tokens_assumed)
        or (usage.image_input_tokens > 0 and card.image_input_tokens_assumed)
        or (usage.web_search_requests > 0 and card.web_search_requests_assumed) as rate_is_assumed
    from usage
    left join dim_rate_card as card
        on
            usage.provider = card.provider
            and usage.model = card.alias
            and usage.service_tier = card.service_tier
            and usage.priced_at >= card.valid_from
            and usage.priced_at < card.valid_to
            and usage.context_tokens >= card.context_min_tokens
            and usage.context_tokens <= card.context_max_tokens
    left join dim_alias as known
        on usage.provider = known.provider and usage.model = known.alias
),

totals as (
    select
        lines.*,
        coalesce(uncached_input_tokens, 0)
        + coalesce(cache_read_tokens, 0)
        + coalesce(cache_write_5m_tokens, 0)
        + coalesce(cache_write_1h_tokens, 0)
        + coalesce(cache_write_tokens, 0)
        + coalesce(output_tokens, 0)
        + coalesce(audio_input_tokens, 0)
        + coalesce(audio_output_tokens, 0)
        + coalesce(image_input_tokens, 0) as tokens,
        cast(uncached_input_picodollars as decimal(19, 0))
        + cast(cache_read_picodollars as decimal(19, 0))
        + cast(cache_write_5m_picodollars as decimal(19, 0))
        + cast(cache_write_1h_picodollars as decimal(19, 0))
        + cast(cache_write_picodollars as decimal(19, 0))
        + cast(output_picodollars as decimal(19, 0))
        + cast(audio_input_picodollars as decimal(19, 0))
        + cast(audio_output_picodollars as decimal(19, 0))
        + cast(image_input_picodollars as decimal(19, 0))
        + cast(web_search_picodollars as decimal(19, 0)) as list_picodollars
    from lines
)

select
    totals.*,
    case
        when unpriced_reason is null
            then coalesce(context_is_assumed, false) or (has_assumed_rate and coalesce(rate_is_assumed, false))
    end
        as price_is_assumed,
    case
        when unpriced_reason is null
            then cast(cast(uncached_input_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as uncached_input_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_read_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as cache_read_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_write_5m_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as cache_write_5m_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_write_1h_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as cache_write_1h_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_write_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as cache_write_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(output_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as output_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(audio_input_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as audio_input_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(audio_output_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as audio_output_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(image_input_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as image_input_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(web_search_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as web_search_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(list_picodollars as decimal(25, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(list_picodollars as decimal(25, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as cost_usd
from totals
