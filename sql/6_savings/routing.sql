-- One row per attempt that the rules of a routing take, or that its classifier reads and leaves where it is.
-- Of 1,000 attempts that are taken, in order of time, the stated number escalates: a check refuses the new answer
-- and the old model answers again. It also answers what stays, which in this is like what escalates.
with placed as (
    select
        routed_attempt.scenario,
        routed_attempt.fact_row,
        row_number() over (
            partition by routed_attempt.scenario
            order by
                routed_attempt.ended_at, routed_attempt.source, routed_attempt.request_id, routed_attempt.attempt,
                routed_attempt.fact_row
        ) as place
    from routed_attempt
    where not routed_attempt.is_staying
)

select
    placed.scenario,
    placed.fact_row,
    false as is_staying,
    placed.place * scenario.escalated_permille // 1000 > (placed.place - 1) * scenario.escalated_permille // 1000
        as is_escalated
from placed
left join scenario
    on placed.scenario = scenario.scenario
union all
select
    scenario,
    fact_row,
    true as is_staying,
    true as is_escalated
from routed_attempt
where is_staying
