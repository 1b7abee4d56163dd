-- One row per team, feature, provider, model and kind of `$day` (session, customer, user): how many, and their cost.
with summed as (
    select
        'session' as kind,
        team,
        feature,
        provider,
        model,
        session_id as id,
        sum(cost_usd) as cost_usd
    from fct_attempt_cost
    where session_id is not null and unpriced_reason is null
    group by team, feature, provider, model, session_id
    union all
    select
        'customer' as kind,
        team,
        feature,
        provider,
        model,
        customer_id as id,
        sum(cost_usd) as cost_usd
    from fct_attempt_cost
    where customer_id is not null and unpriced_reason is null
    group by team, feature, provider, model, customer_id
    union all
    select
        'user' as kind,
        team,
        feature,
        provider,
        model,
        user_id as id,
        sum(cost_usd) as cost_usd
    from fct_attempt_cost
    where user_id is not null and unpriced_reason is null
    group by team, feature, provider, model, user_id
)

select
    kind,
    team,
    feature,
    provider,
    model,
    count(*) as units,
    sum(cost_usd) as cost_usd
from summed
group by kind, team, feature, provider, model
