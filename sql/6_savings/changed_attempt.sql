-- One row per attempt that some lever changes: the first scenario of each lever that does, and what it changes.
with placed as (
    select
        lever_usage.*,
        scenario.lever,
        row_number() over (
            partition by lever_usage.source, lever_usage.request_id, lever_usage.attempt, scenario.lever
            order by scenario.position, lever_usage.output_tokens desc
        ) as place
    from lever_usage
    left join scenario
        on lever_usage.scenario = scenario.scenario
    where scenario.is_combined
)

select
    source,
    request_id,
    attempt,
    max(case when lever = 'retries' then scenario end) as retries_scenario,
    max(case when lever = 'answer_cache' then scenario end) as answer_cache_scenario,
    max(case when lever = 'routing' then scenario end) as routing_scenario,
    max(case when lever = 'output_length' then scenario end) as output_length_scenario,
    max(case when lever = 'batch' then scenario end) as batch_scenario,
    cast(sum(
        case lever
            when 'retries' then 1
            when 'answer_cache' then 2
            when 'routing' then 4
            when 'output_length' then 8
            else 16
        end
    ) as bigint) as applicable,
    max(case when lever = 'routing' then parts end) as route_parts,
    max(case when lever = 'output_length' then output_tokens end) as short_output_tokens,
    max(case when lever = 'batch' then uncached_input_tokens end) as batch_uncached_input_tokens,
    max(case when lever = 'batch' then cache_read_tokens end) as batch_cache_read_tokens,
    max(case when lever = 'batch' then cache_write_5m_tokens end) as batch_cache_write_5m_tokens,
    max(case when lever = 'batch' then cache_write_1h_tokens end) as batch_cache_write_1h_tokens,
    max(case when lever = 'batch' then cache_write_tokens end) as batch_cache_write_tokens
from placed
where place = 1
group by source, request_id, attempt
