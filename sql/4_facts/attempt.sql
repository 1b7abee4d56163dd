-- One row per attempt of `$day`: its newest version, in the names of the book, defaults filled in, its owner as of its instant.
-- The region that the call reports wins over the one in the name of its model.
with of_day as (
    select
        staged_attempt.*,
        replaced_attempt.is_other_call
    from staged_attempt
    left join replaced_attempt
        on
            staged_attempt.source_line = replaced_attempt.source_line
            and staged_attempt.source_file = replaced_attempt.source_file
            and staged_attempt.source = replaced_attempt.source
    where
        staged_attempt.reject_reason is null
        and staged_attempt.ended_at >= cast($day as timestamptz)
        and staged_attempt.ended_at < cast($day + interval 1 day as timestamptz)
        and coalesce(replaced_attempt.is_other_call, true)
)

select
    cast($day as date) as day,
    of_day.source,
    staged_file.account,
    of_day.source_file,
    of_day.source_line,
    -- Two calls that share an id are told apart by their time.
    case
        when of_day.is_other_call then of_day.request_id || ' at ' || cast(of_day.ended_at as varchar)
        else of_day.request_id
    end as request_id,
    coalesce(of_day.attempt, 1) as attempt,
    of_day.started_at,
    of_day.ended_at,
    coalesce(dim_name.provider, of_day.provider) as provider,
    coalesce(dim_name.model, of_day.model) as model,
    coalesce(of_day.status, 'success') as status,
    coalesce(of_day.service_tier, 'standard') as service_tier,
    coalesce(of_day.region, dim_name.region) as region,
    of_day.operation,
    case
        when of_day.is_other_call then 'shared_id' || coalesce(', ' || of_day.usage_reading, '')
        else of_day.usage_reading
    end as usage_reading,
    of_day.uncached_input_tokens,
    of_day.cache_read_tokens,
    of_day.cache_write_5m_tokens,
    of_day.cache_write_1h_tokens,
    of_day.cache_write_tokens,
    of_day.output_tokens,
    of_day.audio_input_tokens,
    of_day.audio_output_tokens,
    of_day.image_input_tokens,
    of_day.web_search_requests,
    of_day.other_meter,
    of_day.other_quantity,
    of_day.other_attribute,
    of_day.reasoning_tokens,
    of_day.gateway_cached_tokens,
    of_day.reported_cost_usd,
    of_day.customer_id,
    of_day.user_id,
    of_day.trace_id,
    of_day.session_id,
    of_day.api_key_id,
    of_day.project_id,
    of_day.service_id,
    of_day.tags,
    of_day.prefix_hashes,
    of_day.deadline_seconds,
    of_day.route_class,
    of_day.max_output_tokens,
    of_day.finish_reason,
    of_day.request_hash,
    coalesce(
        of_day.team, by_tag.team, by_key.team, by_service.team, by_project.team, 'unattributed'
    ) as team,
    coalesce(
        of_day.feature, by_tag.feature, by_key.feature, by_service.feature, by_project.feature, 'unattributed'
    ) as feature,
    coalesce(
        of_day.environment, by_tag.environment, by_key.environment, by_service.environment, by_project.environment, 'unattributed'
    ) as environment,
    case
        when by_tag.id is not null then 'tag:' || by_tag.id
        when by_key.id is not null then 'api_key:' || by_key.id
        when by_service.id is not null then 'service:' || by_service.id
        when by_project.id is not null then 'project:' || by_project.id
    end as ownership_rule,
    of_day.ended_at as priced_at,
    of_day.ended_at as priced_until,
    -- A finished batch is the sum of many requests, none of which is as long.
    case
        when of_day.operation = 'batch' and of_day.service_tier = 'batch' then 0
        else
            coalesce(of_day.uncached_input_tokens, 0)
            + coalesce(of_day.cache_read_tokens, 0)
            + coalesce(of_day.cache_write_5m_tokens, 0)
            + coalesce(of_day.cache_write_1h_tokens, 0)
            + coalesce(of_day.cache_write_tokens, 0)
            + coalesce(of_day.audio_input_tokens, 0)
            + coalesce(of_day.image_input_tokens, 0)
    end as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from of_day
left join staged_file
    on
        of_day.source = staged_file.source
        and of_day.source_file = staged_file.content_id
        and staged_file.status = 'staged'
left join dim_name
    on
        of_day.provider = dim_name.logged_provider
        and of_day.model = dim_name.logged_model
        and of_day.ended_at >= dim_name.valid_from
        and of_day.ended_at < dim_name.valid_to
left join tag_owner as by_tag
    on
        of_day.source_line = by_tag.source_line
        and of_day.source_file = by_tag.source_file
left join ownership as by_key
    on
        by_key.id_kind = 'api_key'
        and of_day.source = by_key.source
        and of_day.api_key_id = by_key.id
        and of_day.ended_at >= by_key.valid_from
        and of_day.ended_at < by_key.valid_to
left join ownership as by_service
    on
        by_service.id_kind = 'service'
        and of_day.source = by_service.source
        and of_day.service_id = by_service.id
        and of_day.ended_at >= by_service.valid_from
        and of_day.ended_at < by_service.valid_to
left join ownership as by_project
    on
        by_project.id_kind = 'project'
        and of_day.source = by_project.source
        and of_day.project_id = by_project.id
        and of_day.ended_at >= by_project.valid_from
        and of_day.ended_at < by_project.valid_to
