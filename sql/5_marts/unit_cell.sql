-- One row per team, feature, provider and model of `$day` with a price, numbered: one number is a quicker key than four texts.
with priced as (
    select
        team,
        feature,
        provider,
        model
    from fct_attempt_cost
    where unpriced_reason is null
    group by team, feature, provider, model
)

select
    row_number() over (order by team, feature, provider, model) as cell,
    team,
    feature,
    provider,
    model
from priced
