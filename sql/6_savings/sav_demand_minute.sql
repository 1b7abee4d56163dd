-- One row per minute, provider and model: the demand of the calls that any text model could have served.
-- Calls with audio, images, searches or another meter stay where they are. A call counts at its end; its minute is
-- taken from a time without zone, of which DuckDB computes three times as many a second.
select
    cast($day as date) as day,
    datediff('minute', cast($day as timestamp), cast(ended_at as timestamp)) as minute,
    provider,
    model,
    count(*) as attempts,
    cast(coalesce(sum(tokens) filter (where cost_usd is not null), 0) as bigint) as tokens,
    cast(coalesce(sum(
        coalesce(uncached_input_tokens, 0)
        + coalesce(cache_write_5m_tokens, 0)
        + coalesce(cache_write_1h_tokens, 0)
        + coalesce(cache_write_tokens, 0)
    ) filter (where cost_usd is not null), 0) as bigint) as prefill_tokens,
    cast(coalesce(sum(cache_read_tokens) filter (where cost_usd is not null), 0) as bigint) as cached_prefill_tokens,
    cast(coalesce(sum(output_tokens) filter (where cost_usd is not null), 0) as bigint) as decode_tokens,
    coalesce(sum(list_cost_usd), cast(0 as decimal(38, 12))) as list_cost_usd,
    coalesce(sum(cost_usd), cast(0 as decimal(38, 12))) as cost_usd,
    count(*) filter (where cost_usd is null) as unpriced_attempts,
    cast(coalesce(sum(tokens) filter (where cost_usd is null), 0) as bigint) as unpriced_tokens
from fct_attempt_cost
where
    coalesce(audio_input_tokens, 0) = 0
    and coalesce(audio_output_tokens, 0) = 0
    and coalesce(image_input_tokens, 0) = 0
    and coalesce(web_search_requests, 0) = 0
    and other_meter is null
group by datediff('minute', cast($day as timestamp), cast(ended_at as timestamp)), provider, model
order by minute, provider, model
