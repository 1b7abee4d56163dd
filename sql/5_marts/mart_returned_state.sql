-- One row per day, kind, source and pair of files of which the older came back and counts instead of the newer.
with returned as (
    select distinct
        kind,
        source,
        source_file,
        kept_content_id,
        case when kind = 'attempt' then kept_line end as kept_line
    from duplicates
    where kept_is_older
),

counted as (
    select
        'attempt' as kind,
        source,
        account,
        source_file,
        source_line as kept_line,
        cost_usd as amount_usd
    from fct_attempt_cost
    where source_file in (select returned.kept_content_id from returned)
    union all
    select
        'usage' as kind,
        source,
        account,
        source_file,
        cast(null as bigint) as kept_line,
        cost_usd as amount_usd
    from fct_usage_cost
    where source_file in (select returned.kept_content_id from returned)
    union all
    select
        'charge' as kind,
        source,
        account,
        source_file,
        cast(null as bigint) as kept_line,
        billed_cost_usd as amount_usd
    from fct_charge
    where source_file in (select returned.kept_content_id from returned)
)

select
    cast($day as date) as day,
    returned.kind,
    returned.source,
    counted.account,
    returned.source_file,
    returned.kept_content_id,
    count(counted.source) as counted_rows,
    sum(counted.amount_usd) as amount_usd
from returned
left join counted
    on
        returned.kind = counted.kind
        and returned.source = counted.source
        and returned.kept_content_id = counted.source_file
        and returned.kept_line is not distinct from counted.kept_line
group by
    returned.kind,
    returned.source,
    counted.account,
    returned.source_file,
    returned.kept_content_id
order by returned.kind, returned.source, counted.account, returned.source_file, returned.kept_content_id
