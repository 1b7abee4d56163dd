-- One row per team, feature, provider and model of `$day`, numbered: one number is a quicker key than four texts.
-- What the hours add up to is read from there; the attempts are read for what no sum tells: ids and percentiles.
with whole as (
    select
        team,
        feature,
        provider,
        model,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        cast(coalesce(sum(tokens) filter (where unpriced_reason is null), 0) as bigint) as tokens,
        cast(coalesce(sum(cache_read_tokens) filter (where unpriced_reason is null), 0) as bigint) as cache_read_tokens,
        cast(
            coalesce(sum(uncached_input_tokens) filter (where unpriced_reason is null), 0)
            + coalesce(sum(cache_read_tokens) filter (where unpriced_reason is null), 0)
            + coalesce(sum(cache_write_5m_tokens) filter (where unpriced_reason is null), 0)
            + coalesce(sum(cache_write_1h_tokens) filter (where unpriced_reason is null), 0)
            + coalesce(sum(cache_write_tokens) filter (where unpriced_reason is null), 0)
            + coalesce(sum(audio_input_tokens) filter (where unpriced_reason is null), 0)
            + coalesce(sum(image_input_tokens) filter (where unpriced_reason is null), 0)
            as bigint
        ) as input_tokens,
        cast(coalesce(sum(output_tokens) filter (where unpriced_reason is null), 0) as bigint) as output_tokens,
        sum(cost_usd) as cost_usd
    from mart_cost_hourly
    group by team, feature, provider, model
)

select
    cast(row_number() over (order by team, feature, provider, model) as integer) as cell,
    whole.*
from whole
