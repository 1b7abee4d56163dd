-- One row per usage line of `$day` that no later export replaced, its names and its owner as of the bucket's start.
select
    cast($day as date) as day,
    usage_versions.source,
    usage_versions.account,
    usage_versions.source_file,
    usage_versions.source_line,
    usage_versions.bucket_start,
    usage_versions.bucket_end,
    usage_versions.grouping,
    coalesce(dim_name.provider, usage_versions.provider) as provider,
    coalesce(dim_name.model, usage_versions.model) as model,
    usage_versions.service_tier,
    usage_versions.context_window,
    coalesce(usage_versions.region, dim_name.region) as region,
    usage_versions.project_id,
    usage_versions.api_key_id,
    usage_versions.user_id,
    usage_versions.service_id,
    usage_versions.uncached_input_tokens,
    usage_versions.cache_read_tokens,
    usage_versions.cache_write_5m_tokens,
    usage_versions.cache_write_1h_tokens,
    usage_versions.cache_write_tokens,
    usage_versions.output_tokens,
    usage_versions.audio_input_tokens,
    usage_versions.audio_output_tokens,
    usage_versions.image_input_tokens,
    usage_versions.web_search_requests,
    cast(null as varchar) as other_meter,
    cast(null as decimal(18, 3)) as other_quantity,
    cast(null as varchar) as other_attribute,
    usage_versions.requests,
    coalesce(by_key.team, by_service.team, by_project.team, 'unattributed') as team,
    coalesce(by_key.feature, by_service.feature, by_project.feature, 'unattributed') as feature,
    coalesce(by_key.environment, by_service.environment, by_project.environment, 'unattributed') as environment,
    case
        when by_key.id is not null then 'api_key:' || by_key.id
        when by_service.id is not null then 'service:' || by_service.id
        when by_project.id is not null then 'project:' || by_project.id
    end as ownership_rule,
    usage_versions.bucket_start as priced_at,
    usage_versions.bucket_end as priced_until,
    case when usage_versions.context_window = '200k-1M' then 200001 else 0 end as context_tokens,
    -- Without a reported band a bucket is surely short only where its whole input fits the short band.
    case
        when usage_versions.context_window is not null then 0
        else coalesce(usage_versions.uncached_input_tokens, 0)
            + coalesce(usage_versions.cache_read_tokens, 0)
            + coalesce(usage_versions.cache_write_5m_tokens, 0)
            + coalesce(usage_versions.cache_write_1h_tokens, 0)
            + coalesce(usage_versions.cache_write_tokens, 0)
            + coalesce(usage_versions.audio_input_tokens, 0)
            + coalesce(usage_versions.image_input_tokens, 0)
    end as largest_context_tokens
from usage_versions
left join dim_name
    on
        usage_versions.provider = dim_name.logged_provider
        and usage_versions.model = dim_name.logged_model
        and usage_versions.bucket_start >= dim_name.valid_from
        and usage_versions.bucket_start < dim_name.valid_to
left join ownership as by_key
    on
        by_key.id_kind = 'api_key'
        and usage_versions.source = by_key.source
        and usage_versions.api_key_id = by_key.id
        and usage_versions.bucket_start >= by_key.valid_from
        and usage_versions.bucket_start < by_key.valid_to
left join ownership as by_service
    on
        by_service.id_kind = 'service'
        and usage_versions.source = by_service.source
        and usage_versions.service_id = by_service.id
        and usage_versions.bucket_start >= by_service.valid_from
        and usage_versions.bucket_start < by_service.valid_to
left join ownership as by_project
    on
        by_project.id_kind = 'project'
        and usage_versions.source = by_project.source
        and usage_versions.project_id = by_project.id
        and usage_versions.bucket_start >= by_project.valid_from
        and usage_versions.bucket_start < by_project.valid_to
where not usage_versions.is_replaced
