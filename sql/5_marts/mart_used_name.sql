-- One row per day, source, kind of name and name that calls, usage exports or bills carry: what rules can match.
with tagged as (
    select distinct
        source,
        tags
    from fct_attempt_cost
    where tags is not null
),

name_kind as (
    select 'provider' as name_kind
    union all
    select 'model' as name_kind
    union all
    select 'account' as name_kind
    union all
    select 'api_key' as name_kind
    union all
    select 'project' as name_kind
    union all
    select 'service' as name_kind
    union all
    select 'route_class' as name_kind
    union all
    select 'team' as name_kind
    union all
    select 'feature' as name_kind
    union all
    select 'owner' as name_kind
    union all
    select 'rate' as name_kind
    union all
    select 'other_rate' as name_kind
),

named as (
    select
        named_row.source,
        case when name_kind.name_kind = 'other_rate' then 'rate' else name_kind.name_kind end as used_kind,
        case name_kind.name_kind
            when 'provider' then named_row.provider
            when 'model' then named_row.provider || '/' || named_row.model
            when 'account' then named_row.provider || '/' || named_row.account
            when 'api_key' then named_row.api_key_id
            when 'project' then named_row.project_id
            when 'service' then named_row.service_id
            when 'route_class' then named_row.route_class
            when 'team' then named_row.team
            when 'feature' then named_row.feature
            when 'owner' then named_row.team || '/' || named_row.feature
            when 'rate' then named_row.rate_id
            when 'other_rate' then named_row.other_rate_id
        end as used_name
    from named_row
    -- A row has a name of every kind: this inner join, on nothing, drops none.
    cross join name_kind
    union all
    -- Of tags, which may be many, those that a rule names. An inner join: the others have no row.
    select tagged.source, 'tag' as used_kind, ownership.id as used_name
    from tagged
    inner join ownership
        on
            ownership.id_kind = 'tag'
            and tagged.source = ownership.source
            and contains(tagged.tags, ownership.tag_text)
)

select distinct
    cast($day as date) as day,
    source,
    used_kind,
    used_name
from named
where used_name is not null
order by source, used_kind, used_name
