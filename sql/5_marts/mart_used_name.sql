-- One row per day, source, kind of name and name that calls, usage exports or bills carry: what rules can match.
with carried as (
    select distinct
        source,
        provider,
        model,
        api_key_id,
        project_id,
        service_id,
        route_class,
        team,
        feature,
        rate_id,
        other_rate_id
    from fct_attempt_cost
    union all
    select distinct
        source,
        provider,
        model,
        api_key_id,
        project_id,
        service_id,
        cast(null as varchar) as route_class,
        team,
        feature,
        rate_id,
        cast(null as varchar) as other_rate_id
    from fct_usage_cost
    union all
    select distinct
        source,
        provider,
        model,
        api_key_id,
        project_id,
        cast(null as varchar) as service_id,
        cast(null as varchar) as route_class,
        cast(null as varchar) as team,
        cast(null as varchar) as feature,
        cast(null as varchar) as rate_id,
        cast(null as varchar) as other_rate_id
    from fct_charge
),

tagged as (
    select distinct
        source,
        tags
    from fct_attempt_cost
    where tags is not null
),

named as (
    select source, 'provider' as used_kind, provider as used_name from carried
    union all
    select source, 'model' as used_kind, provider || '/' || model as used_name from carried
    union all
    select source, 'api_key' as used_kind, api_key_id as used_name from carried
    union all
    select source, 'project' as used_kind, project_id as used_name from carried
    union all
    select source, 'service' as used_kind, service_id as used_name from carried
    union all
    select source, 'route_class' as used_kind, route_class as used_name from carried
    union all
    select source, 'team' as used_kind, team as used_name from carried
    union all
    select source, 'feature' as used_kind, feature as used_name from carried
    union all
    select source, 'owner' as used_kind, team || '/' || feature as used_name from carried
    union all
    select source, 'rate' as used_kind, rate_id as used_name from carried
    union all
    select source, 'rate' as used_kind, other_rate_id as used_name from carried
    union all
    -- Of tags, which may be many, those that a rule names. An inner join: the others have no row.
    select tagged.source, 'tag' as used_kind, ownership.id as used_name
    from tagged
    inner join ownership
        on
            ownership.id_kind = 'tag'
            and tagged.source = ownership.source
            and contains(tagged.tags, ownership.tag_text)
    union all
    select 'bill' as source, 'team' as used_kind, team as used_name from mart_billed_cost
    union all
    select 'bill' as source, 'feature' as used_kind, feature as used_name from mart_billed_cost
    union all
    select 'bill' as source, 'owner' as used_kind, team || '/' || feature as used_name from mart_billed_cost
)

select distinct
    cast($day as date) as day,
    source,
    used_kind,
    used_name
from named
where used_name is not null
order by source, used_kind, used_name
