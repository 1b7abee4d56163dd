-- One row per day, source and account with calls that have the id of another call: those that count beside the first.
select
    day,
    source,
    account,
    count(*) as attempts,
    cast(sum(tokens) as bigint) as tokens,
    sum(list_cost_usd) as list_cost_usd,
    min(request_id) as shared_request_id
from fct_attempt_cost
where usage_reading like 'shared_id%'
group by day, source, account
order by day, source, account
