-- One row per day, provider and model: what the logs say of it, and its cost in the money of record.
-- What only a bill knows has a row without attempts.
with logged as (
    select
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
        sum(uncached_input_cost_usd) as uncached_input_cost_usd,
        sum(cache_read_cost_usd) as cache_read_cost_usd,
        sum(cache_write_5m_cost_usd) as cache_write_5m_cost_usd,
        sum(cache_write_1h_cost_usd) as cache_write_1h_cost_usd,
        sum(cache_write_cost_usd) as cache_write_cost_usd,
        sum(output_cost_usd) as output_cost_usd,
        sum(audio_input_cost_usd) as audio_input_cost_usd,
        sum(audio_output_cost_usd) as audio_output_cost_usd,
        sum(image_input_cost_usd) as image_input_cost_usd,
        sum(web_search_cost_usd) as web_search_cost_usd,
        sum(other_cost_usd) as other_cost_usd,
        sum(list_cost_usd) as list_cost_usd,
        sum(cost_usd) as cost_usd,
        cast(sum(assumed_attempts) as bigint) as assumed_attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        cast(sum(unpriced_tokens) as bigint) as unpriced_tokens
    from mart_cost_daily
    group by provider, model
),

recorded as (
    select
        provider,
        model,
        case when min(money_of_record) = max(money_of_record) then min(money_of_record) else 'mixed' end as money_of_record,
        sum(cost_usd) as recorded_cost_usd
    from mart_recorded_cost
    group by provider, model
),

models as (
    select provider, model from logged
    union
    select provider, model from recorded
)

select
    cast($day as date) as day,
    models.provider,
    models.model,
    coalesce(logged.attempts, 0) as attempts,
    logged.uncached_input_tokens,
    logged.cache_read_tokens,
    logged.cache_write_5m_tokens,
    logged.cache_write_1h_tokens,
    logged.cache_write_tokens,
    logged.output_tokens,
    logged.audio_input_tokens,
    logged.audio_output_tokens,
    logged.image_input_tokens,
    logged.web_search_requests,
    logged.tokens,
    logged.uncached_input_cost_usd,
    logged.cache_read_cost_usd,
    logged.cache_write_5m_cost_usd,
    logged.cache_write_1h_cost_usd,
    logged.cache_write_cost_usd,
    logged.output_cost_usd,
    logged.audio_input_cost_usd,
    logged.audio_output_cost_usd,
    logged.image_input_cost_usd,
    logged.web_search_cost_usd,
    logged.other_cost_usd,
    logged.list_cost_usd,
    logged.cost_usd,
    coalesce(logged.assumed_attempts, 0) as assumed_attempts,
    coalesce(logged.unpriced_attempts, 0) as unpriced_attempts,
    coalesce(logged.unpriced_tokens, 0) as unpriced_tokens,
    recorded.money_of_record,
    recorded.recorded_cost_usd
from models
left join logged
    on
        models.provider = logged.provider
        and models.model is not distinct from logged.model
left join recorded
    on
        models.provider = recorded.provider
        and models.model is not distinct from recorded.model
order by models.provider, models.model
