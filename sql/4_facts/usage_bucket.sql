-- One row per usage line of `$day` that no later export replaced, its owner as of the bucket's start.
with newest as (
    select
        staged_usage.*,
        rank() over (
            partition by
                staged_usage.source,
                staged_usage.account,
                staged_usage.bucket_start,
                staged_usage.bucket_end,
                staged_usage.grouping,
                staged_usage.project_id
            order by staged_file.sequence desc, staged_usage.bucket_number desc
        ) as age
    from staged_usage
    left join staged_file
        on staged_usage.source = staged_file.source and staged_usage.source_file = staged_file.content_id
    where
        staged_usage.reject_reason is null
        and staged_usage.bucket_start >= cast($day as timestamptz)
        and staged_usage.bucket_start < cast($day + interval 1 day as timestamptz)
)

select
    cast($day as date) as day,
    newest.source,
    newest.account,
    newest.source_file,
    newest.source_line,
    newest.bucket_start,
    newest.bucket_end,
    newest.grouping,
    newest.provider,
    newest.model,
    newest.service_tier,
    newest.context_window,
    newest.region,
    newest.project_id,
    newest.api_key_id,
    newest.user_id,
    newest.service_id,
    newest.uncached_input_tokens,
    newest.cache_read_tokens,
    newest.cache_write_5m_tokens,
    newest.cache_write_1h_tokens,
    newest.cache_write_tokens,
    newest.output_tokens,
    newest.audio_input_tokens,
    newest.audio_output_tokens,
    newest.image_input_tokens,
    newest.web_search_requests,
    newest.requests,
    coalesce(by_key.team, by_service.team, by_project.team, 'unattributed') as team,
    coalesce(by_key.feature, by_service.feature, by_project.feature, 'unattributed') as feature,
    coalesce(by_key.environment, by_service.environment, by_project.environment, 'unattributed') as environment,
    case
        when by_key.id is not null then 'api_key:' || by_key.id
        when by_service.id is not null then 'service:' || by_service.id
        when by_project.id is not null then 'project:' || by_project.id
    end as ownership_rule,
    newest.bucket_start as priced_at,
    newest.bucket_end as priced_until,
    case when newest.context_window = '200k-1M' then 200001 else 0 end as context_tokens,
    -- Without a reported band a bucket is surely short only where its whole input fits the short band.
    case
        when newest.context_window is not null then 0
        else coalesce(newest.uncached_input_tokens, 0)
            + coalesce(newest.cache_read_tokens, 0)
            + coalesce(newest.cache_write_5m_tokens, 0)
            + coalesce(newest.cache_write_1h_tokens, 0)
            + coalesce(newest.cache_write_tokens, 0)
            + coalesce(newest.audio_input_tokens, 0)
            + coalesce(newest.image_input_tokens, 0)
    end as largest_context_tokens
from newest
left join ownership as by_key
    on
        by_key.id_kind = 'api_key'
        and newest.source = by_key.source
        and newest.api_key_id = by_key.id
        and newest.bucket_start >= by_key.valid_from
        and newest.bucket_start < by_key.valid_to
left join ownership as by_service
    on
        by_service.id_kind = 'service'
        and newest.source = by_service.source
        and newest.service_id = by_service.id
        and newest.bucket_start >= by_service.valid_from
        and newest.bucket_start < by_service.valid_to
left join ownership as by_project
    on
        by_project.id_kind = 'project'
        and newest.source = by_project.source
        and newest.project_id = by_project.id
        and newest.bucket_start >= by_project.valid_from
        and newest.bucket_start < by_project.valid_to
where newest.age = 1
