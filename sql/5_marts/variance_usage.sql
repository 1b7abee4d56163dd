-- One row per step, comparison and cell of meters with columns: the usage of the step, to be priced as it once was.
-- 0 the earlier usage; 1 as many tokens as later, all else as earlier; 2 as many of each model as later, its tiers
-- and meters as earlier; 3 as many of each tier, region and context band as later, their meters as earlier; 4 the
-- later usage. What a step needs and the earlier period does not know is taken from the later one.
-- A count becomes count * whole / part, rounded half up: in two digits of a million, so that it fits 64 bits.
-- The instant of a model's prices is its last use in the earlier period; else its first in the later one.
with volumes as (
    select
        variance_cell.*,
        sum(case when side = 'earlier' then tokens else 0 end) over (
            partition by comparison, team, feature
        ) as earlier_feature_tokens,
        sum(case when side = 'later' then tokens else 0 end) over (
            partition by comparison, team, feature
        ) as later_feature_tokens,
        sum(case when side = 'earlier' then tokens else 0 end) over (
            partition by comparison, team, feature, provider, model
        ) as earlier_model_tokens,
        sum(case when side = 'later' then tokens else 0 end) over (
            partition by comparison, team, feature, provider, model
        ) as later_model_tokens,
        sum(case when side = 'earlier' then tokens else 0 end) over (
            partition by comparison, team, feature, provider, model, service_tier, region, band_tokens
        ) as earlier_cell_tokens,
        sum(case when side = 'later' then tokens else 0 end) over (
            partition by comparison, team, feature, provider, model, service_tier, region, band_tokens
        ) as later_cell_tokens,
        coalesce(
            max(case when side = 'earlier' then last_at end) over (partition by comparison, provider, model),
            min(case when side = 'later' then first_at end) over (partition by comparison, provider, model)
        ) as priced_at
    from variance_cell
    where kind = 'columns'
),

stepped as (
    select
        volumes.*,
        steps.step,
        volumes.side = 'earlier' and steps.step > 0 as is_scaled,
        cast(case steps.step
            when 1 then volumes.later_feature_tokens
            when 2 then volumes.later_model_tokens
            else volumes.later_cell_tokens
        end as bigint) as whole,
        cast(nullif(case steps.step
            when 1 then volumes.earlier_feature_tokens
            when 2 then volumes.earlier_model_tokens
            else volumes.earlier_cell_tokens
        end, 0) as bigint) as part
    from volumes
    left join (values (0), (1), (2), (3), (4)) as steps (step)
        on
            (volumes.side = 'earlier' and steps.step < 4)
            or (volumes.side = 'later' and steps.step = 4)
            or (volumes.side = 'later' and steps.step = 2 and volumes.earlier_model_tokens = 0)
            or (volumes.side = 'later' and steps.step = 3 and volumes.earlier_cell_tokens = 0)
),

-- A cell without tokens has nothing to scale, and falls out of the steps between.
scaled as (
    select
        stepped.*,
        whole // 1000000 as times,
        whole % 1000000 as times_rest,
        not is_scaled or greatest(tokens, whole, part, web_search_requests) <= 3000000000000 as fits
    from stepped
    where not is_scaled or part is not null
)

select
    scaled.comparison,
    scaled.step,
    scaled.fits,
    scaled.team,
    scaled.feature,
    case when not scaled.is_scaled then scaled.cost_usd end as own_cost_usd,
    scaled.provider,
    scaled.model,
    scaled.service_tier,
    scaled.region,
    case
        when scaled.is_scaled and scaled.fits
            then
                uncached_input_tokens * times // part * 1000000
                + (uncached_input_tokens * times % part * 1000000 + uncached_input_tokens * times_rest + part // 2) // part
        else uncached_input_tokens
    end as uncached_input_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                cache_read_tokens * times // part * 1000000
                + (cache_read_tokens * times % part * 1000000 + cache_read_tokens * times_rest + part // 2) // part
        else cache_read_tokens
    end as cache_read_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                cache_write_5m_tokens * times // part * 1000000
                + (cache_write_5m_tokens * times % part * 1000000 + cache_write_5m_tokens * times_rest + part // 2) // part
        else cache_write_5m_tokens
    end as cache_write_5m_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                cache_write_1h_tokens * times // part * 1000000
                + (cache_write_1h_tokens * times % part * 1000000 + cache_write_1h_tokens * times_rest + part // 2) // part
        else cache_write_1h_tokens
    end as cache_write_1h_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                cache_write_tokens * times // part * 1000000
                + (cache_write_tokens * times % part * 1000000 + cache_write_tokens * times_rest + part // 2) // part
        else cache_write_tokens
    end as cache_write_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                output_tokens * times // part * 1000000
                + (output_tokens * times % part * 1000000 + output_tokens * times_rest + part // 2) // part
        else output_tokens
    end as output_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                audio_input_tokens * times // part * 1000000
                + (audio_input_tokens * times % part * 1000000 + audio_input_tokens * times_rest + part // 2) // part
        else audio_input_tokens
    end as audio_input_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                audio_output_tokens * times // part * 1000000
                + (audio_output_tokens * times % part * 1000000 + audio_output_tokens * times_rest + part // 2) // part
        else audio_output_tokens
    end as audio_output_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                image_input_tokens * times // part * 1000000
                + (image_input_tokens * times % part * 1000000 + image_input_tokens * times_rest + part // 2) // part
        else image_input_tokens
    end as image_input_tokens,
    case
        when scaled.is_scaled and scaled.fits
            then
                web_search_requests * times // part * 1000000
                + (web_search_requests * times % part * 1000000 + web_search_requests * times_rest + part // 2) // part
        else web_search_requests
    end as web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    scaled.priced_at,
    scaled.priced_at as priced_until,
    scaled.least_context_tokens as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from scaled
