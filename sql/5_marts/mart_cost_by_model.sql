-- One row per day, provider and model: what the logs say of it, and its cost in the money of record.
-- What only a bill knows has a row without attempts.
select
    day,
    provider,
    model,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(uncached_input_tokens) as bigint) as uncached_input_tokens,
    cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(cache_write_5m_tokens) as bigint) as cache_write_5m_tokens,
    cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
    cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(audio_input_tokens) as bigint) as audio_input_tokens,
    cast(sum(audio_output_tokens) as bigint) as audio_output_tokens,
    cast(sum(image_input_tokens) as bigint) as image_input_tokens,
    cast(sum(web_search_requests) as bigint) as web_search_requests,
    cast(sum(tokens) as bigint) as tokens,
    sum(list_uncached_input_cost_usd) as list_uncached_input_cost_usd,
    sum(list_cache_read_cost_usd) as list_cache_read_cost_usd,
    sum(list_cache_write_5m_cost_usd) as list_cache_write_5m_cost_usd,
    sum(list_cache_write_1h_cost_usd) as list_cache_write_1h_cost_usd,
    sum(list_cache_write_cost_usd) as list_cache_write_cost_usd,
    sum(list_output_cost_usd) as list_output_cost_usd,
    sum(list_audio_input_cost_usd) as list_audio_input_cost_usd,
    sum(list_audio_output_cost_usd) as list_audio_output_cost_usd,
    sum(list_image_input_cost_usd) as list_image_input_cost_usd,
    sum(list_web_search_cost_usd) as list_web_search_cost_usd,
    sum(list_other_cost_usd) as list_other_cost_usd,
    sum(list_cost_usd) as list_cost_usd,
    sum(cost_usd) as cost_usd,
    cast(sum(assumed_attempts) as bigint) as assumed_attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    cast(sum(unpriced_tokens) as bigint) as unpriced_tokens,
    case when min(money_of_record) = max(money_of_record) then min(money_of_record) when count(money_of_record) > 0 then 'mixed' end
        as money_of_record,
    sum(recorded_cost_usd) as recorded_cost_usd
from recorded_daily
group by day, provider, model
order by day, provider, model
