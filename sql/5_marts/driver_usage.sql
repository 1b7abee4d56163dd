-- One row per cell of calls and step of the chain: its usage once the drivers up to that step are taken away.
-- Each step changes one thing: 0 nothing; 1 every call fits the short context band; 2 no reasoning; 3 no output
-- beyond the norm; 4 no input beyond the norm; 5 what nobody read is sent, not written; 6 the adequate model.
-- Meters that no driver cuts stay as they are; a further meter (`other_meter`) stays out of the steps.
select
    driver_call.cell,
    steps.step,
    case when steps.step = 6 then driver_norm.adequate_provider else driver_call.provider end as provider,
    case when steps.step = 6 then driver_norm.adequate_model else driver_call.model end as model,
    driver_call.service_tier,
    case
        when steps.step < 6 or driver_norm.adequate_provider = driver_call.provider then driver_call.region
    end as region,
    driver_call.uncached_input_tokens
    - case when steps.step >= 4 then driver_call.long_uncached_tokens else 0 end
    + case when steps.step >= 5 then driver_call.unread_tokens else 0 end as uncached_input_tokens,
    driver_call.cache_read_tokens
    - case
        when steps.step >= 4
            then
                driver_call.long_tokens - driver_call.long_uncached_tokens - driver_call.long_write_tokens
                - driver_call.long_write_5m_tokens - driver_call.long_write_1h_tokens
        else 0
    end as cache_read_tokens,
    driver_call.cache_write_5m_tokens
    - case when steps.step >= 4 then driver_call.long_write_5m_tokens else 0 end
    - case when steps.step >= 5 then driver_call.unread_write_5m_tokens else 0 end as cache_write_5m_tokens,
    driver_call.cache_write_1h_tokens
    - case when steps.step >= 4 then driver_call.long_write_1h_tokens else 0 end
    - case when steps.step >= 5 then driver_call.unread_write_1h_tokens else 0 end as cache_write_1h_tokens,
    driver_call.cache_write_tokens
    - case when steps.step >= 4 then driver_call.long_write_tokens else 0 end
    - case when steps.step >= 5 then driver_call.unread_write_tokens else 0 end as cache_write_tokens,
    driver_call.output_tokens
    - case when steps.step >= 2 then driver_call.reasoning_tokens else 0 end
    - case when steps.step >= 3 then driver_call.verbose_tokens else 0 end as output_tokens,
    driver_call.audio_input_tokens,
    driver_call.audio_output_tokens,
    driver_call.image_input_tokens,
    driver_call.web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    driver_call.first_at as priced_at,
    driver_call.first_at as priced_until,
    case when steps.step = 0 then driver_call.least_context_tokens else 0 end as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from driver_call
left join driver_norm
    on driver_call.feature = driver_norm.feature
left join (values (0), (1), (2), (3), (4), (5), (6)) as steps (step)
    on steps.step < 6 or driver_norm.adequate_model is not null
where driver_call.rate_id is not null
