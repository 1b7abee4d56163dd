-- One row per day, team, feature, provider and model: what one request, trace, session, customer and user costs.
-- Over the attempts that have a price; the others are counted. A quotient is divided in whole picodollars and rounded
-- once, half up; it is null where nothing is to be divided by, and beyond 9 million USD. Quotients and counts of
-- distinct ids never add up: add the sums, and divide anew.
with joined as (
    select
        unit_cell.*,
        coalesce(request.units, 0) as requests,
        request.p50_usd as request_p50_usd,
        request.p95_usd as request_p95_usd,
        request.p99_usd as request_p99_usd,
        coalesce(trace.units, 0) as traces,
        trace.p50_usd as trace_p50_usd,
        trace.p95_usd as trace_p95_usd,
        trace.p99_usd as trace_p99_usd,
        coalesce(owner.sessions, 0) as sessions,
        coalesce(owner.customers, 0) as customers,
        coalesce(owner.users, 0) as users,
        coalesce(owner.trace_attempts, 0) as trace_attempts,
        owner.trace_cost_usd,
        owner.session_cost_usd,
        owner.customer_cost_usd,
        owner.user_cost_usd
    from unit_cell
    left join unit_percentile as request
        on
            unit_cell.cell = request.cell
            and not request.is_trace
    left join unit_percentile as trace
        on
            unit_cell.cell = trace.cell
            and trace.is_trace
    left join unit_owner as owner
        on unit_cell.cell = owner.cell
),

named as (
    select
        joined.*,
        cost_usd as paid,
        trace_cost_usd as paid_for_traces,
        session_cost_usd as paid_for_sessions,
        customer_cost_usd as paid_for_customers,
        user_cost_usd as paid_for_users
    from joined
),

picodollars as (
    select
        named.*,
        nullif(requests, 0) as by_requests,
        nullif(traces, 0) as by_traces,
        nullif(sessions, 0) as by_sessions,
        nullif(customers, 0) as by_customers,
        nullif(users, 0) as by_users,
        nullif(input_tokens, 0) as by_input,
        case
            when paid <= 9000000
                then cast(cast(paid as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint)
        end as of_requests,
        case
            when paid_for_traces <= 9000000
                then cast(cast(paid_for_traces as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint)
        end as of_traces,
        case
            when paid_for_sessions <= 9000000
                then cast(cast(paid_for_sessions as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint)
        end as of_sessions,
        case
            when paid_for_customers <= 9000000
                then cast(cast(paid_for_customers as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint)
        end as of_customers,
        case
            when paid_for_users <= 9000000
                then cast(cast(paid_for_users as decimal(25, 12)) * cast(1000000000000 as decimal(13, 0)) as bigint)
        end as of_users
    from named
)

select
    cast($day as date) as day,
    team,
    feature,
    provider,
    model,
    attempts,
    unpriced_attempts,
    requests,
    traces,
    sessions,
    customers,
    users,
    tokens,
    cost_usd,
    trace_cost_usd,
    session_cost_usd,
    customer_cost_usd,
    user_cost_usd,
    cast(
        cast(of_requests // by_requests + (of_requests % by_requests + by_requests // 2) // by_requests as decimal(19, 0))
        * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as cost_per_request_usd,
    cast(
        (
            cast(of_requests // by_requests as decimal(19, 0)) * cast(1000 as decimal(4, 0))
            + cast((of_requests % by_requests * 1000 + by_requests // 2) // by_requests as decimal(19, 0))
        ) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as cost_per_1000_requests_usd,
    cast(
        cast(of_traces // by_traces + (of_traces % by_traces + by_traces // 2) // by_traces as decimal(19, 0))
        * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as cost_per_trace_usd,
    cast(
        cast(of_sessions // by_sessions + (of_sessions % by_sessions + by_sessions // 2) // by_sessions as decimal(19, 0))
        * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as cost_per_session_usd,
    cast(
        cast(of_customers // by_customers + (of_customers % by_customers + by_customers // 2) // by_customers as decimal(19, 0))
        * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as cost_per_customer_usd,
    cast(
        cast(of_users // by_users + (of_users % by_users + by_users // 2) // by_users as decimal(19, 0))
        * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as cost_per_user_usd,
    request_p50_usd,
    request_p95_usd,
    request_p99_usd,
    trace_p50_usd,
    trace_p95_usd,
    trace_p99_usd,
    cast((tokens * 1000 + by_requests // 2) // by_requests * cast(0.001 as decimal(4, 3)) as decimal(18, 3))
        as tokens_per_request,
    cast((trace_attempts * 1000 + by_traces // 2) // by_traces * cast(0.001 as decimal(4, 3)) as decimal(18, 3)) as attempts_per_trace,
    (cache_read_tokens * 1000 + by_input // 2) // by_input as cache_hit_permille,
    (output_tokens * 1000 + by_input // 2) // by_input as output_permille
from picodollars
order by team, feature, provider, model
