-- One row per attempt that the rules of a routing take, and whether a check refuses the new answer.
-- Of 1,000 attempts in order of time the stated number escalates: the old model answers them again.
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
)

select
    placed.scenario,
    placed.fact_row,
    placed.place * scenario.escalated_permille // 1000 > (placed.place - 1) * scenario.escalated_permille // 1000
        as is_escalated
from placed
left join scenario
    on placed.scenario = scenario.scenario
