-- One row per provider and account: which sides it has, and which ids two neighbouring sides both know.
-- An id is shared where at least one value of it stands on both sides; else the sides are compared without it.
with ids as (
    select distinct
        side,
        provider,
        account,
        project_id,
        api_key_id
    from counted
    union
    select distinct
        'bill' as side,
        provider,
        account,
        project_id,
        api_key_id
    from fct_charge
    where billed_cost_usd is not null and day = cast($day as date)
),

accounts as (
    select
        provider,
        account,
        max(case when side = 'usage' then 1 else 0 end) = 1 as has_usage,
        max(case when side = 'bill' then 1 else 0 end) = 1 as has_bill
    from ids
    group by provider, account
),

itemised as (
    select
        provider,
        account,
        max(case when meter is null then 0 else 1 end) = 1 as is_itemised
    from billed_usage
    group by provider, account
),

-- An id that the other side does not have drops out of the inner join; that is what is asked.
projects as (
    select
        one.provider,
        one.account,
        max(case when one.side = 'logs' and other.side = 'usage' then 1 else 0 end) as logs_usage,
        max(case when one.side = 'usage' and other.side = 'bill' then 1 else 0 end) as usage_bill,
        max(case when one.side = 'logs' and other.side = 'bill' then 1 else 0 end) as logs_bill
    from ids as one
    inner join ids as other
        on
            one.provider = other.provider
            and one.account = other.account
            and one.project_id = other.project_id
    group by one.provider, one.account
),

-- The same for keys, by an inner join again.
keys as (
    select
        one.provider,
        one.account,
        max(case when one.side = 'logs' and other.side = 'usage' then 1 else 0 end) as logs_usage,
        max(case when one.side = 'usage' and other.side = 'bill' then 1 else 0 end) as usage_bill,
        max(case when one.side = 'logs' and other.side = 'bill' then 1 else 0 end) as logs_bill
    from ids as one
    inner join ids as other
        on
            one.provider = other.provider
            and one.account = other.account
            and one.api_key_id = other.api_key_id
    group by one.provider, one.account
)

select
    accounts.provider,
    accounts.account,
    accounts.has_usage,
    accounts.has_bill,
    case when accounts.has_usage then 'usage' else 'logs' end as base_side,
    coalesce(projects.logs_usage = 1, false) as shares_project,
    coalesce(keys.logs_usage = 1, false) as shares_key,
    coalesce(case when accounts.has_usage then projects.usage_bill else projects.logs_bill end = 1, false) as bills_project,
    coalesce(case when accounts.has_usage then keys.usage_bill else keys.logs_bill end = 1, false) as bills_key,
    coalesce(itemised.is_itemised, true) as is_itemised
from accounts
left join itemised
    on
        accounts.provider = itemised.provider
        and accounts.account = itemised.account
left join projects
    on
        accounts.provider = projects.provider
        and accounts.account = projects.account
left join keys
    on
        accounts.provider = keys.provider
        and accounts.account = keys.account
