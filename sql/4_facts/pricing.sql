-- One row per row of `usage`, with its rate and its cost: the only place where a price is multiplied.
-- A line (one meter of one row) is counted in whole picodollars, 1e-12 USD, and rounded once, half up:
-- (units * rate + denominator // 2) // denominator. Whole numbers add up exactly in any order and grouping.
-- A line that does not fit 64 bits (more than 9.2 million USD) leaves its row without a price.
-- The list price has the provider's own ratios in it; the effective price has the company's contracts too.
with metered as (
    select
        usage.*,
        cast(usage.other_quantity * 1000 as bigint) as other_thousandths,
        coalesce(usage.uncached_input_tokens, 0)
        + coalesce(usage.cache_read_tokens, 0)
        + coalesce(usage.cache_write_5m_tokens, 0)
        + coalesce(usage.cache_write_1h_tokens, 0)
        + coalesce(usage.cache_write_tokens, 0)
        + coalesce(usage.output_tokens, 0)
        + coalesce(usage.audio_input_tokens, 0)
        + coalesce(usage.audio_output_tokens, 0)
        + coalesce(usage.image_input_tokens, 0) as tokens,
        coalesce(
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
        ) is not null as reports_columns
    from usage
),

lines as (
    select
        metered.*,
        card.rate_id,
        other.rate_id as other_rate_id,
        card.has_contract,
        card.has_assumed_rate,
        card.valid_to,
        card.context_max_tokens,
        card.takes_unknown_context,
        coalesce(card.takes_unknown_region, other.takes_unknown_region) as takes_unknown_region,
        -- Rates of everywhere stand in; `not_available` is what a provider writes of models that have no choice.
        metered.region not in ('', '*', 'global', 'not_available')
        and (
            ((metered.tokens > 0 or metered.web_search_requests > 0) and not card.is_of_region)
            or (metered.other_thousandths > 0 and not other.is_of_region)
        ) as region_is_assumed,
        metered.tokens <= card.few_tokens and coalesce(metered.web_search_requests, 0) <= card.few_requests as is_small,
        card.uncached_input_tokens_rate,
        card.cache_read_tokens_rate,
        card.cache_write_5m_tokens_rate,
        card.cache_write_1h_tokens_rate,
        card.cache_write_tokens_rate,
        card.output_tokens_rate,
        card.audio_input_tokens_rate,
        card.audio_output_tokens_rate,
        card.image_input_tokens_rate,
        card.web_search_requests_rate,
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
            when card.has_contract
                and coalesce(greatest(
                    metered.uncached_input_tokens,
                    metered.cache_read_tokens,
                    metered.cache_write_5m_tokens,
                    metered.cache_write_1h_tokens,
                    metered.cache_write_tokens,
                    metered.output_tokens,
                    metered.audio_input_tokens,
                    metered.audio_output_tokens,
                    metered.image_input_tokens
                ), 0) <= card.most_tokens
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
            when card.has_assumed_rate
                then
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
        end as rate_is_assumed,
        metered.other_thousandths > 0 and other.is_assumed as other_is_assumed
    from metered
    left join dim_region as own
        on
            metered.provider = own.provider
            and metered.region = own.region
    left join dim_rate_card as card
        on
            metered.model = card.alias
            and metered.provider = card.provider
            and metered.service_tier = card.service_tier
            and coalesce(own.region, '*') = card.region
            and metered.priced_at >= card.valid_from
            and metered.priced_at < card.valid_to
            and metered.context_tokens >= card.context_min_tokens
            and metered.context_tokens <= card.context_max_tokens
    left join dim_other_rate as other
        on
            metered.other_meter = other.meter
            and metered.model = other.alias
            and metered.provider = other.provider
            and metered.service_tier = other.service_tier
            and coalesce(own.region, '*') = other.region
            and coalesce(metered.other_attribute, '') = other.attribute
            and metered.priced_at >= other.valid_from
            and metered.priced_at < other.valid_to
            and metered.context_tokens >= other.context_min_tokens
            and metered.context_tokens <= other.context_max_tokens
            and metered.other_quantity > other.quantity_above
            and metered.other_quantity <= other.quantity_max
),

totals as (
    select
        lines.*,
        case
            when is_small
                then cast(
                    uncached_input_picodollars
                    + cache_read_picodollars
                    + cache_write_5m_picodollars
                    + cache_write_1h_picodollars
                    + cache_write_picodollars
                    + output_picodollars
                    + audio_input_picodollars
                    + audio_output_picodollars
                    + image_input_picodollars
                    + web_search_picodollars
                    as decimal(25, 0)
                )
            else
                cast(uncached_input_picodollars as decimal(19, 0))
                + cast(cache_read_picodollars as decimal(19, 0))
                + cast(cache_write_5m_picodollars as decimal(19, 0))
                + cast(cache_write_1h_picodollars as decimal(19, 0))
                + cast(cache_write_picodollars as decimal(19, 0))
                + cast(output_picodollars as decimal(19, 0))
                + cast(audio_input_picodollars as decimal(19, 0))
                + cast(audio_output_picodollars as decimal(19, 0))
                + cast(image_input_picodollars as decimal(19, 0))
                + cast(web_search_picodollars as decimal(19, 0))
        end as column_picodollars
    from lines
),

reasoned as (
    select
        totals.*,
        case
            when
                column_picodollars is not null and other_picodollars is not null and rate_id is not null
                and priced_until <= valid_to and (largest_context_tokens <= context_max_tokens or takes_unknown_context)
                and reports_columns and (takes_unknown_region or not coalesce(region_is_assumed, false))
                then null
            -- No model was called: listing files, say.
            when
                model is null and uncached_input_tokens = 0 and output_tokens = 0
                and tokens = 0 and coalesce(web_search_requests, 0) = 0 and other_meter is null
                then null
            when model is null then 'model_not_reported'
            when not coalesce(
                array_contains((select array_agg(distinct dim_alias.provider) from dim_alias), provider), false
            ) then 'unknown_provider'
            when not coalesce(array_contains(
                (select array_agg(dim_alias.provider || ' | ' || dim_alias.alias) from dim_alias), provider || ' | ' || model
            ), false) then 'unknown_model'
            when other_quantity is null and not reports_columns then 'usage_not_reported'
            when rate_id is null and (other_meter is null or tokens > 0 or web_search_requests > 0)
                then 'no_rate_for_tier_and_time'
            when priced_until > valid_to then 'price_changes_within_bucket'
            when largest_context_tokens > context_max_tokens and not takes_unknown_context
                then 'context_not_reported'
            when region_is_assumed and not takes_unknown_region then 'unknown_region'
            when uncached_input_tokens > 0 and uncached_input_tokens_rate is null then 'no_rate_for_uncached_input_tokens'
            when cache_read_tokens > 0 and cache_read_tokens_rate is null then 'no_rate_for_cache_read_tokens'
            when cache_write_5m_tokens > 0 and cache_write_5m_tokens_rate is null then 'no_rate_for_cache_write_5m_tokens'
            when cache_write_1h_tokens > 0 and cache_write_1h_tokens_rate is null then 'no_rate_for_cache_write_1h_tokens'
            when cache_write_tokens > 0 and cache_write_tokens_rate is null then 'no_rate_for_cache_write_tokens'
            when output_tokens > 0 and output_tokens_rate is null then 'no_rate_for_output_tokens'
            when audio_input_tokens > 0 and audio_input_tokens_rate is null then 'no_rate_for_audio_input_tokens'
            when audio_output_tokens > 0 and audio_output_tokens_rate is null then 'no_rate_for_audio_output_tokens'
            when image_input_tokens > 0 and image_input_tokens_rate is null then 'no_rate_for_image_input_tokens'
            when web_search_requests > 0 and web_search_requests_rate is null then 'no_rate_for_web_search_requests'
            when other_meter = 'several_other_meters' then other_meter
            when other_thousandths > 0 and other_rate_id is null then 'no_rate_for_' || other_meter
            when column_picodollars is null or other_picodollars is null then 'cost_out_of_range'
        end as unpriced_reason
    from totals
)

select
    reasoned.*,
    case
        when unpriced_reason is null
            then
                coalesce(largest_context_tokens > context_max_tokens, false)
                or coalesce(other_is_assumed, false)
                or coalesce(rate_is_assumed, false)
                or coalesce(region_is_assumed, false)
    end
        as price_is_assumed,
    case
        when unpriced_reason is null
            then cast(cast(uncached_input_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_uncached_input_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_read_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_cache_read_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_write_5m_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_cache_write_5m_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_write_1h_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_cache_write_1h_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(cache_write_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_cache_write_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(output_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_output_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(audio_input_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_audio_input_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(audio_output_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_audio_output_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(image_input_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_image_input_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(web_search_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_web_search_cost_usd,
    case
        when unpriced_reason is null
            then cast(cast(other_picodollars as decimal(19, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12))
    end as list_other_cost_usd,
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
from reasoned
