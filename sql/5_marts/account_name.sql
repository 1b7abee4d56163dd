-- One row per id of a provider that exports and bills name under one account only: `any` names the provider itself.
-- Those of `$day` and of the day before, whose last hours may lie in it.
with named as (
    select
        provider,
        account,
        project_id,
        api_key_id
    from fct_usage_cost
    union all
    select
        provider,
        account,
        project_id,
        api_key_id
    from fct_charge
),

ids as (
    select
        provider,
        'api_key' as id_kind,
        api_key_id as id,
        account
    from named
    where api_key_id is not null
    union all
    select
        provider,
        'project' as id_kind,
        project_id as id,
        account
    from named
    where project_id is not null
    union all
    select
        provider,
        'any' as id_kind,
        'any' as id,
        account
    from named
)

select
    provider,
    id_kind,
    id,
    min(account) as account
from ids
group by provider, id_kind, id
having min(account) = max(account)
