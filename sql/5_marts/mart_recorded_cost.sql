-- One row per day, account, owner and model: the cost in the money that the account is reported in.
-- The bill counts from the day it is there; until then, and without a usage export, the price of the logs stands in.
with accounts as (
    select
        provider,
        account,
        max(is_exported) = 1 as is_exported,
        max(is_billed) = 1 as is_billed
    from (
        select
            provider,
            account,
            0 as is_exported,
            0 as is_billed
        from mart_cost_hourly
        union all
        select
            provider,
            account,
            1 as is_exported,
            0 as is_billed
        from fct_usage_cost
        union all
        select
            provider,
            account,
            0 as is_exported,
            1 as is_billed
        from mart_billed_cost
    ) as sides
    group by provider, account
),

rules as (
    select
        accounts.provider,
        accounts.account,
        min(dim_money_of_record.precedence) as precedence
    from accounts
    left join dim_money_of_record
        on
            dim_money_of_record.provider in (accounts.provider, '*')
            and dim_money_of_record.account in (accounts.account, '*')
            and cast($day as timestamptz) >= dim_money_of_record.valid_from
            and cast($day as timestamptz) < dim_money_of_record.valid_to
    group by accounts.provider, accounts.account
),

money as (
    select
        accounts.provider,
        accounts.account,
        case
            when dim_money_of_record.money_of_record = 'billed' and accounts.is_billed then 'billed'
            when dim_money_of_record.money_of_record = 'usage' and accounts.is_exported then 'usage'
            else 'logs'
        end as money_of_record
    from accounts
    left join rules
        on
            accounts.provider = rules.provider
            and accounts.account = rules.account
    left join dim_money_of_record
        on
            rules.precedence = dim_money_of_record.precedence
            and dim_money_of_record.provider in (accounts.provider, '*')
            and dim_money_of_record.account in (accounts.account, '*')
            and cast($day as timestamptz) >= dim_money_of_record.valid_from
            and cast($day as timestamptz) < dim_money_of_record.valid_to
),

costs as (
    select
        'logs' as money_of_record,
        provider,
        account,
        team,
        feature,
        environment,
        model,
        cost_usd,
        unpriced_tokens
    from mart_cost_hourly
    union all
    select
        'usage' as money_of_record,
        provider,
        account,
        team,
        feature,
        environment,
        model,
        cost_usd,
        case when unpriced_reason is null then 0 else tokens end as unpriced_tokens
    from fct_usage_cost
    union all
    select
        'billed' as money_of_record,
        provider,
        account,
        team,
        feature,
        environment,
        model,
        billed_cost_usd as cost_usd,
        cast(0 as bigint) as unpriced_tokens
    from mart_billed_cost
)

select
    cast($day as date) as day,
    costs.provider,
    costs.account,
    costs.team,
    costs.feature,
    costs.environment,
    costs.model,
    costs.money_of_record,
    sum(costs.cost_usd) as cost_usd,
    cast(sum(costs.unpriced_tokens) as bigint) as unpriced_tokens
from costs
left join money
    on
        costs.provider = money.provider
        and costs.account = money.account
where costs.money_of_record = money.money_of_record
group by
    costs.provider, costs.account, costs.team, costs.feature, costs.environment, costs.model, costs.money_of_record
order by costs.provider, costs.account, costs.team, costs.feature, costs.environment, costs.model
