-- One row per row of `usage`, with its rate and its cost: the only place where a price is multiplied.
-- A line (one meter of one row) is counted in whole picodollars, 1e-12 USD, and rounded once, half up:
-- (units * rate + denominator // 2) // denominator. Whole numbers add up exactly in any order and grouping.
-- A line that does not fit 64 bits (more than 9.2 million USD) leaves its row without a price.
-- The list price has the provider's own ratios in it; the effective price has the company's contracts too.
with metered as (
    select
        usage.*,
        cast(usage.other_quantity * 1000 as bigint) as other_thousandths,
        greatest(
            usage.uncached_input_tokens,
            usage.cache_read_tokens,
            usage.cache_write_5m_tokens,
            usage.cache_write_1h_tokens,
            usage.cache_write_tokens,
            usage.output_tokens,
            usage.audio_input_tokens,
            usage.audio_output_tokens,
            usage.image_input_tokens
        ) as largest_tokens,
        coalesce(usage.uncached_input_tokens, 0)
        + coalesce(usage.cache_read_tokens, 0)
        + coalesce(usage.cache_write_5m_tokens, 0)
        + coalesce(usage.cache_write_1h_tokens, 0)
        + coalesce(usage.cache_write_tokens, 0)
        + coalesce(usage.output_tokens, 0)
        + coalesce(usage.audio_input_tokens, 0)
        + coalesce(usage.audio_output_tokens, 0)
        + coalesce(usage.image_input_tokens, 0) as tokens
    from usage
),

lines as (
    select
        metered.*,
        card.rate_id,
        other.rate_id as other_rate_id,
        card.has_contract,
        card.has_assumed_rate,
        case
            when coalesce(metered.uncached_input_tokens, 0) = 0 then 0
            when metered.uncached_input_tokens <= card.most_tokens
                then (metered.uncached_input_tokens * card.uncached_input_tokens_rate + card.denominator // 2) // card.denominator
        end as uncached_input_picodollars,
        case
            when coalesce(metered.cache_read_tokens, 0) = 0 then 0
            when metered.cache_read_tokens <= card.most_tokens
                then (metered.cache_read_tokens * card.cache_read_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_read_picodollars,
        case
            when coalesce(metered.cache_write_5m_tokens, 0) = 0 then 0
            when metered.cache_write_5m_tokens <= card.most_tokens
                then (metered.cache_write_5m_tokens * card.cache_write_5m_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_write_5m_picodollars,
        case
            when coalesce(metered.cache_write_1h_tokens, 0) = 0 then 0
            when metered.cache_write_1h_tokens <= card.most_tokens
                then (metered.cache_write_1h_tokens * card.cache_write_1h_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_write_1h_picodollars,
        case
            when coalesce(metered.cache_write_tokens, 0) = 0 then 0
            when metered.cache_write_tokens <= card.most_tokens
                then (metered.cache_write_tokens * card.cache_write_tokens_rate + card.denominator // 2) // card.denominator
        end as cache_write_picodollars,
        case
            when coalesce(metered.output_tokens, 0) = 0 then 0
            when metered.output_tokens <= card.most_tokens
                then (metered.output_tokens * card.output_tokens_rate + card.denominator // 2) // card.denominator
        end as output_picodollars,
        case
            when coalesce(metered.audio_input_tokens, 0) = 0 then 0
            when metered.audio_input_tokens <= card.most_tokens
                then (metered.audio_input_tokens * card.audio_input_tokens_rate + card.denominator // 2) // card.denominator
        end as audio_input_picodollars,
        case
            when coalesce(metered.audio_output_tokens, 0) = 0 then 0
            when metered.audio_output_tokens <= card.most_tokens
                then (metered.audio_output_tokens * card.audio_output_tokens_rate + card.denominator // 2) // card.denominator
        end as audio_output_picodollars,
        case
            when coalesce(metered.image_input_tokens, 0) = 0 then 0
            when metered.image_input_tokens <= card.most_tokens
                then (metered.image_input_tokens * card.image_input_tokens_rate + card.denominator // 2) // card.denominator
        end as image_input_picodollars,
        case
            when coalesce(metered.web_search_requests, 0) = 0 then 0
            when metered.web_search_requests <= card.most_requests
                then (metered.web_search_requests * card.web_search_requests_rate + card.denominator // 2) // card.denominator
        end as web_search_picodollars,
        case
            when coalesce(metered.other_thousandths, 0) = 0 then 0
            when greatest(metered.other_thousandths, other.minimum_quantity * 1000) <= other.most_thousandths
                then
                    (
                        greatest(metered.other_thousandths, other.minimum_quantity * 1000) * other.rate
                        + other.offset + other.denominator // 2
                    ) // other.denominator
        end as other_picodollars,
        case
            when card.has_contract and coalesce(metered.largest_tokens, 0) <= card.most_tokens
                and coalesce(metered.web_search_requests, 0) <= card.most_requests
                then
                    cast(coalesce(
                        (metered.uncached_input_tokens * card.uncached_input_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.cache_read_tokens * card.cache_read_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.cache_write_5m_tokens * card.cache_write_5m_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.cache_write_1h_tokens * card.cache_write_1h_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.cache_write_tokens * card.cache_write_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.output_tokens * card.output_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.audio_input_tokens * card.audio_input_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.audio_output_tokens * card.audio_output_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.image_input_tokens * card.image_input_tokens_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
                    + cast(coalesce(
                        (metered.web_search_requests * card.web_search_requests_effective_rate + card.denominator // 2)
                        // card.denominator, 0
                    ) as decimal(19, 0))
        end as contract_picodollars,
        case
            when coalesce(metered.other_thousandths, 0) = 0 then 0
            when greatest(metered.other_thousandths, other.minimum_quantity * 1000) <= other.most_thousandths
                then
                    (
                        greatest(metered.other_thousandths, other.minimum_quantity * 1000) * other.effective_rate
                        + other.effective_offset + other.denominator // 2
                    ) // other.denominator
        end as other_contract_picodollars,
        case
            when metered.model is null then 'model_not_reported'
            when known.alias is null then 'unknown_model'
            when card.rate_id is null and (metered.other_meter is null or metered.tokens > 0 or metered.web_search_requests > 0)
                then 'no_rate_for_tier_and_time'
            when metered.priced_until > card.valid_to then 'price_changes_within_bucket'
            when metered.largest_context_tokens > card.context_max_tokens and not card.takes_unknown_context
                then 'context_not_reported'
            when metered.other_quantity is null and metered.largest_tokens is null and metered.web_search_requests is null
                then 'usage_not_reported'
            when metered.uncached_input_tokens > 0 and card.uncached_input_tokens_rate is null then 'no_rate_for_uncached_input_tokens'
            when metered.cache_read_tokens > 0 and card.cache_read_tokens_rate is null then 'no_rate_for_cache_read_tokens'
            when metered.cache_write_5m_tokens > 0 and card.cache_write_5m_tokens_rate is null then 'no_rate_for_cache_write_5m_tokens'
            when metered.cache_write_1h_tokens > 0 and card.cache_write_1h_tokens_rate is null then 'no_rate_for_cache_write_1h_tokens'
            when metered.cache_write_tokens > 0 and card.cache_write_tokens_rate is null then 'no_rate_for_cache_write_tokens'
            when metered.output_tokens > 0 and card.output_tokens_rate is null then 'no_rate_for_output_tokens'
            when metered.audio_input_tokens > 0 and card.audio_input_tokens_rate is null then 'no_rate_for_audio_input_tokens'
            when metered.audio_output_tokens > 0 and card.audio_output_tokens_rate is null then 'no_rate_for_audio_output_tokens'
            when metered.image_input_tokens > 0 and card.image_input_tokens_rate is null then 'no_rate_for_image_input_tokens'
            when metered.web_search_requests > 0 and card.web_search_requests_rate is null then 'no_rate_for_web_search_requests'
            when metered.other_thousandths > 0 and other.rate_id is null then 'no_rate_for_' || metered.other_meter
            when metered.largest_tokens > card.most_tokens or metered.web_search_requests > card.most_requests
                or greatest(metered.other_thousandths, other.minimum_quantity * 1000) > other.most_thousandths
                then 'cost_out_of_range'
        end as unpriced_reason,
        metered.largest_context_tokens > card.context_max_tokens as context_is_assumed,
        (metered.uncached_input_tokens > 0 and card.uncached_input_tokens_assumed)
        or (metered.cache_read_tokens > 0 and card.cache_read_tokens_assumed)
        or (metered.cache_write_5m_tokens > 0 and card.cache_write_5m_tokens_assumed)
        or (metered.cache_write_1h_tokens > 0 and card.cache_write_1h_tokens_assumed)
        or (metered.cache_write_tokens > 0 and card.cache_write_tokens_assumed)
        or (metered.output_tokens > 0 and card.output_tokens_assumed)
        or (metered.audio_input_tokens > 0 and card.audio_input_tokens_assumed)
        or (metered.audio_output_tokens > 0 and card.audio_output_tokens_assumed)
        or (metered.image_input_tokens > 0 and card.image_input_tokens_assumed)
        or (metered.web_search_requests > 0 and card.web_search_requests_assumed)
        as rate_is_assumed,
        metered.other_thousandths > 0 and other.is_assumed as other_is_assumed
    from metered
    left join dim_region as own
        on
            metered.provider = own.provider
            and metered.model = own.alias
            and metered.service_tier = own.service_tier
            and metered.region = own.region
    left join dim_rate_card as card
        on
            metered.provider = card.provider
            and metered.model = card.alias
            and metered.service_tier = card.service_tier
            and coalesce(own.region, '*') = card.region
            and metered.priced_at >= card.valid_from
            and metered.priced_at < card.valid_to
            and metered.context_tokens >= card.context_min_tokens
            and metered.context_tokens <= card.context_max_tokens
    left join dim_other_rate as other
        on
            metered.provider = other.provider
            and metered.model = other.alias
            and metered.service_tier = other.service_tier
            and coalesce(own.region, '*') = other.region
            and metered.other_meter = other.meter
            and coalesce(metered.other_attribute, '') = other.attribute
            and metered.priced_at >= other.valid_from
            and metered.priced_at < other.valid_to
            and metered.context_tokens >= other.context_min_tokens
            and metered.context_tokens <= other.context_max_tokens
            and metered.other_quantity > other.quantity_above
            and metered.other_quantity <= other.quantity_max
    left join dim_alias as known
        on metered.provider = known.provider and metered.model = known.alias
),

totals as (
    select
        lines.*,
        cast(uncached_input_picodollars as decimal(19, 0))
        + cast(cache_read_picodollars as decimal(19, 0))
        + cast(cache_write_5m_picodollars as decimal(19, 0))
        + cast(cache_write_1h_picodollars as decimal(19, 0))
        + cast(cache_write_picodollars as decimal(19, 0))
        + cast(output_picodollars as decimal(19, 0))
        + cast(audio_input_picodollars as decimal(19, 0))
        + cast(audio_output_picodollars as decimal(19, 0))
        + cast(image_input_picodollars as decimal(19, 0))
        + cast(web_search_picodollars as decimal(19, 0)) as column_picodollars
    from lines
)

select
    totals.*,
    case
        when unpriced_reason is null
            then
                coalesce(context_is_assumed, false) or coalesce(other_is_assumed, false)
                or (coalesce(has_assumed_rate, false) and coalesce(rate_is_assumed, false))
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
            then cast(cast(other_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as other_cost_usd,
    case
        when unpriced_reason is null
            then
                cast(
                    cast(column_picodollars + cast(other_picodollars as decimal(19, 0)) as decimal(25, 0))
                    * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
                )
    end as list_cost_usd,
    case
        when unpriced_reason is null
            then
                cast(
                    cast(
                        coalesce(contract_picodollars, column_picodollars) + cast(other_contract_picodollars as decimal(19, 0))
                        as decimal(25, 0)
                    )
                    * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
                )
    end as cost_usd
from totals
