-- One row per names that calls, usage exports or bills of a day carry together.
select distinct
    source,
    account,
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
    account,
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
    account,
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
union all
select distinct
    'bill' as source,
    cast(null as varchar) as account,
    cast(null as varchar) as provider,
    cast(null as varchar) as model,
    cast(null as varchar) as api_key_id,
    cast(null as varchar) as project_id,
    cast(null as varchar) as service_id,
    cast(null as varchar) as route_class,
    team,
    feature,
    cast(null as varchar) as rate_id,
    cast(null as varchar) as other_rate_id
from mart_billed_cost
