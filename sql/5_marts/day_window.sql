-- One row per provider and account: the stretch of time that `$day` is on its bill, or on its usage export without a bill.
-- Whole days of another time zone begin at another hour. Neighbouring windows meet, so that each hour belongs to one day.
with spans as (
    select
        provider,
        account,
        day,
        0 as preference,
        charge_start as first_at,
        charge_end as last_at
    from fct_charge
    where datediff('hour', cast(charge_start as timestamp), cast(charge_end as timestamp)) between 23 and 25
    union all
    select
        provider,
        account,
        day,
        1 as preference,
        bucket_start as first_at,
        bucket_end as last_at
    from fct_usage_cost
    where datediff('hour', cast(bucket_start as timestamp), cast(bucket_end as timestamp)) between 23 and 25
),

preferred as (
    select
        provider,
        account,
        day,
        min(preference) as preference
    from spans
    group by provider, account, day
),

days as (
    select
        spans.provider,
        spans.account,
        spans.day,
        min(spans.first_at) as first_at,
        max(spans.last_at) as last_at
    from spans
    left join preferred
        on
            spans.provider = preferred.provider
            and spans.account = preferred.account
            and spans.day = preferred.day
    where spans.preference = preferred.preference
    group by spans.provider, spans.account, spans.day
),

active as (
    select
        provider,
        account,
        day
    from mart_cost_hourly
    union
    select
        provider,
        account,
        day
    from fct_usage_cost
    union
    select
        provider,
        account,
        day
    from fct_charge
),

accounts as (
    select distinct
        provider,
        account
    from active
)

-- Hours before the first day of an account belong to that day: there is no other to take them.
select
    accounts.provider,
    accounts.account,
    case
        when active_before.day is null then cast($day as timestamptz)
        else coalesce(own.first_at, greatest(day_before.last_at, cast($day as timestamptz)), cast($day as timestamptz))
    end as window_start,
    case
        when active_own.day is null then cast($day + interval 1 day as timestamptz)
        else coalesce(
            day_after.first_at,
            greatest(own.last_at, cast($day + interval 1 day as timestamptz)),
            cast($day + interval 1 day as timestamptz)
        )
    end as window_end
from accounts
left join active as active_own
    on
        accounts.provider = active_own.provider
        and accounts.account = active_own.account
        and active_own.day = cast($day as date)
left join active as active_before
    on
        accounts.provider = active_before.provider
        and accounts.account = active_before.account
        and active_before.day = cast($day - interval 1 day as date)
left join days as own
    on
        accounts.provider = own.provider
        and accounts.account = own.account
        and own.day = cast($day as date)
left join days as day_before
    on
        accounts.provider = day_before.provider
        and accounts.account = day_before.account
        and day_before.day = cast($day - interval 1 day as date)
left join days as day_after
    on
        accounts.provider = day_after.provider
        and accounts.account = day_after.account
        and day_after.day = cast($day + interval 1 day as date)
