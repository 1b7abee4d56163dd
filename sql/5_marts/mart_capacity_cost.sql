-- One row per day, capacity, part, team and feature: what capacity cost that is paid by the hour, used or not.
-- Only the part `used` has a team and a feature; it is shared out twice. By tokens: each hour by what its calls would
-- have cost at list price, so that every kind of token counts by its price. By peak: the day by the shares of its
-- busiest hour. A share is rounded down to a picodollar, and what is left goes to the largest remainders.
with hourly as (
    select
        reserved_part.reserved_capacity,
        reserved_part.hour_at,
        reserved_part.load,
        reserved_part.used,
        row_number() over (partition by reserved_part.reserved_capacity order by reserved_part.load desc, reserved_part.hour_at)
            as place,
        sum(reserved_part.used) over (partition by reserved_part.reserved_capacity) as used_of_day
    from reserved_part
    where reserved_part.unpriced_reason is null and reserved_part.load > 0
),

rule as (
    select reserved_capacity, hour_at, used as amount, 'tokens' as rule from hourly
    union all
    select reserved_capacity, hour_at, cast(used_of_day as bigint) as amount, 'peak' as rule from hourly
    where place = 1
),

weighed as (
    select
        rule.reserved_capacity,
        rule.hour_at,
        rule.rule,
        rule.amount,
        reserved_load.team,
        reserved_load.feature,
        cast(cast(coalesce(reserved_load.listed, 0) as decimal(24, 6)) * cast(1000000 as decimal(7, 0)) as bigint) as weight
    from rule
    left join reserved_load
        on
            rule.reserved_capacity = reserved_load.reserved_capacity
            and rule.hour_at = reserved_load.hour_at
),

-- Weights of an hour above 1,000 USD are made coarser, so that the square of their sum fits 64 bits.
summed as (
    select
        weighed.*,
        1 + cast(sum(weight) over (partition by reserved_capacity, hour_at, rule) as bigint) // 1000000000 as scale
    from weighed
),

scaled as (
    select
        reserved_capacity,
        hour_at,
        rule,
        amount,
        team,
        feature,
        weight // scale as weight,
        cast(sum(weight // scale) over (partition by reserved_capacity, hour_at, rule) as bigint) as whole
    from summed
),

floored as (
    select
        scaled.*,
        amount // whole * weight + amount % whole * weight // whole as share,
        amount % whole * weight % whole as remainder
    from scaled
    where whole > 0
),

ranked as (
    select
        floored.*,
        row_number() over (
            partition by reserved_capacity, hour_at, rule
            order by remainder desc, team, feature
        ) as place,
        amount - cast(sum(share) over (partition by reserved_capacity, hour_at, rule) as bigint) as missing
    from floored
),

allocated as (
    select
        reserved_capacity,
        team,
        feature,
        rule,
        share + case when place <= missing then 1 else 0 end as picodollars
    from ranked
    union all
    -- Calls without any price have no weight; what they used is nobody's.
    select
        reserved_capacity,
        'unattributed' as team,
        'unattributed' as feature,
        rule,
        amount as picodollars
    from scaled
    where whole = 0
    group by reserved_capacity, hour_at, rule, amount
),

part as (
    select
        reserved_capacity,
        'used' as capacity_part,
        team,
        feature,
        sum(case when rule = 'tokens' then picodollars else 0 end) as by_tokens,
        sum(case when rule = 'peak' then picodollars else 0 end) as by_peak
    from allocated
    group by reserved_capacity, team, feature
    union all
    select
        reserved_capacity,
        'idle' as capacity_part,
        cast(null as varchar) as team,
        cast(null as varchar) as feature,
        sum(idle) as by_tokens,
        sum(idle) as by_peak
    from reserved_part
    group by reserved_capacity
    union all
    select
        reserved_capacity,
        'unallocated' as capacity_part,
        cast(null as varchar) as team,
        cast(null as varchar) as feature,
        sum(unallocated) as by_tokens,
        sum(unallocated) as by_peak
    from reserved_part
    group by reserved_capacity
),

whole as (
    select
        reserved_capacity,
        max(unpriced_reason) as unpriced_reason
    from reserved_part
    group by reserved_capacity
),

counted as (
    select
        reserved_capacity,
        team,
        feature,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
    from reserved_load
    group by reserved_capacity, team, feature
)

select
    cast($day as date) as day,
    part.reserved_capacity,
    part.capacity_part,
    part.team,
    part.feature,
    cast(
        case when whole.unpriced_reason is null then cast(part.by_tokens as decimal(25, 0)) * cast(0.000000000001 as decimal(12, 12)) end
        as decimal(38, 12)
    ) as by_tokens_usd,
    cast(
        case when whole.unpriced_reason is null then cast(part.by_peak as decimal(25, 0)) * cast(0.000000000001 as decimal(12, 12)) end
        as decimal(38, 12)
    ) as by_peak_usd,
    coalesce(counted.attempts, 0) as attempts,
    coalesce(counted.unpriced_attempts, 0) as unpriced_attempts,
    whole.unpriced_reason
from part
left join whole
    on part.reserved_capacity = whole.reserved_capacity
left join counted
    on
        part.reserved_capacity = counted.reserved_capacity
        and part.team = counted.team
        and part.feature = counted.feature
order by part.reserved_capacity, part.capacity_part, part.team, part.feature
